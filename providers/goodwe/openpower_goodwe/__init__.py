"""GoodWe for openpower, in three ways: the Open API, SEMS+ and the local network.

======================  ===================  ==================================================
``connect(…)``          native class         for whom
======================  ===================  ==================================================
``"goodwe"``            `GoodWeOpenAPI`      organisations to which GoodWe gave the Open API
``"goodwe-sems"``       `SemsPlus`           any account of the SEMS+ app; unofficial
``"goodwe-local"``      `GoodWeLocal`        whoever is in the inverter's network
======================  ===================  ==================================================
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)

"""``openpower run``: a process that keeps homes connected and publishes them through vendor-independent integrations.

``config`` describes the configuration, ``engine`` runs the homes (``homes``) and the integrations (``integration``), ``changes``
passes changes from homes to integrations, and ``control`` is the only interface through which an integration can control a
device.
"""

"""``openpower run``: a process that keeps homes connected, and shows them through integrations that know no vendor.

``config`` reads the file, ``engine`` keeps the homes (``homes``) and the integrations (``integration``) running, ``changes``
carries what is new from the ones to the others, and ``control`` is the only way to a device that an integration has.
"""

"""The fault campaign: every fault of a transport meets every operation of a provider, in both flavours.

Whatever a server or a datagram holds, a call ends in time, with a result or one of openpower's own errors; it shows no
secret, sends no write twice, and once the fault is over the same connection works again. The conformance kit runs a
part of it as the check ``campaign.faults``; ``--openpower-campaign`` runs all of it.
"""

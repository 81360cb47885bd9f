"""Schedules as AlphaESS keeps them, and the way from and to vendor-agnostic words; no I/O.

``grid`` and ``week`` are what both pairs are laid out on, ``legacy`` and ``periodic`` the documents,
``forms`` the two behind one face, ``planning`` the way from a wish to a document.
"""

"""People: accounts, sign-in, second factor, roles, entities and services, and their pages.

May use ``views`` and what is below.
"""

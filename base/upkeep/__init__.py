"""How the installation stays well: the doctor, what a monitor asks, backups, migrations, seals.

May use ``engine`` and what is below.
"""

"""Commands for accounts and API keys."""

from __future__ import annotations

import secrets
import sys
from argparse import Namespace
from datetime import timedelta
from typing import Any

from base.basics import clock
from base.basics.errors import DomainError, NotFound, UsageError
from base.processes.cli import installed


def register(subparsers: Any) -> None:
    """Add these commands."""
    user = subparsers.add_parser("user", help="les comptes", description="Gère les comptes.")
    verbs = user.add_subparsers(title="verbes", metavar="VERBE", required=True)

    add = verbs.add_parser(
        "add",
        help="créer un compte",
        description="Crée un compte. Sans --password-stdin, un mot de passe est tiré au hasard, "
        "affiché une fois, et à changer à la première connexion.",
    )
    add.add_argument("name", metavar="NOM", help="nom de connexion")
    add.add_argument("--role", action="append", default=[], help="rôle (répétable)")
    add.add_argument("--entity", action="append", default=[], help="code d’entité (répétable)")
    add.add_argument("--first-name", default="", help="prénom")
    add.add_argument("--last-name", default="", help="nom de famille")
    add.add_argument("--email", help="courriel")
    add.add_argument("--password-stdin", action="store_true", help="lire le mot de passe sur stdin")
    add.set_defaults(run=add_user)

    reset = verbs.add_parser(
        "reset-password",
        help="donner un nouveau mot de passe",
        description="Donne un nouveau mot de passe et ferme toutes les sessions du compte.",
    )
    reset.add_argument("name", metavar="NOM", help="nom de connexion")
    reset.add_argument(
        "--password-stdin", action="store_true", help="lire le mot de passe sur stdin"
    )
    reset.set_defaults(run=reset_password)

    lost = verbs.add_parser(
        "reset-second-factor",
        help="retirer le second facteur",
        description="Retire le second facteur d’un compte et ferme ses sessions : téléphone et "
        "codes de secours perdus.",
    )
    lost.add_argument("name", metavar="NOM", help="nom de connexion")
    lost.set_defaults(run=reset_factor)

    token = subparsers.add_parser(
        "token", help="les clés d’API", description="Gère les clés d’API."
    )
    verbs = token.add_subparsers(title="verbes", metavar="VERBE", required=True)
    add = verbs.add_parser(
        "add",
        help="créer une clé",
        description="Crée une clé d’API pour un compte et l’affiche une fois.",
    )
    add.add_argument("name", metavar="NOM", help="à quoi sert la clé")
    add.add_argument("--user", required=True, help="le compte au nom duquel la clé agit")
    add.add_argument("--days", type=int, default=365, help="durée en jours (365)")
    add.set_defaults(run=add_token)


def drawn_password() -> str:
    """A random password that can be read aloud: 20 letters and digits, over 100 bits."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _n in range(5)) for _m in range(4))


def _password(arguments: Namespace) -> tuple[str, bool]:
    """The password, and whether it was drawn here."""
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    return drawn_password(), True


def add_user(arguments: Namespace) -> int:
    """Make an account."""
    from base.desk.accounts.making import create_user

    app = installed.whole()
    with app.app_context():
        password, drawn = _password(arguments)
        create_user(
            arguments.name,
            password,
            roles=arguments.role,
            entities=arguments.entity,
            first_name=arguments.first_name,
            last_name=arguments.last_name,
            email=arguments.email,
            must_change=drawn,
        )
    print(f"Le compte « {arguments.name} » est créé.")
    if drawn:
        print(f"Mot de passe : {password}")
    return 0


def reset_password(arguments: Namespace) -> int:
    """Give an account a new password."""
    from base.desk.accounts.making import set_password

    app = installed.whole()
    with app.app_context():
        password, drawn = _password(arguments)
        set_password(arguments.name, password, must_change=drawn)
    print(f"Le mot de passe de « {arguments.name} » est changé ; ses sessions sont fermées.")
    if drawn:
        print(f"Mot de passe : {password}")
    return 0


def reset_factor(arguments: Namespace) -> int:
    """Take the second factor of an account away."""
    from base.desk.accounts.account_ends import reset_second_factor

    app = installed.whole()
    with app.app_context():
        user = app.extensions["appbuilder"].sm.find_user(username=arguments.name)
        if user is None:
            raise NotFound(f"Le compte « {arguments.name} » n’existe pas.")
        reset_second_factor(int(user.id))
    print(f"Le second facteur de « {arguments.name} » est retiré ; ses sessions sont fermées.")
    return 0


def add_token(arguments: Namespace) -> int:
    """Make an API key, shown once."""
    if not 1 <= arguments.days <= 3650:
        raise UsageError("--days : la durée d’une clé va de 1 à 3650 jours.")
    app = installed.whole()
    with app.app_context():
        manager = app.appbuilder.sm
        user = manager.find_user(username=arguments.user)
        if user is None or not user.is_active:
            raise NotFound(f"Le compte « {arguments.user} » n’existe pas ou est désactivé.")
        until = clock.now().replace(tzinfo=None) + timedelta(days=arguments.days)
        made = manager.create_api_key(user, arguments.name, expires_on=until)
        if made is None:
            raise DomainError("La clé n’a pas pu être créée ; le journal en dit la cause.")
    print(made["key"])
    print(
        f"Clé « {arguments.name} » du compte « {arguments.user} », valable {arguments.days} j ; "
        "elle ne sera plus affichée.",
        file=sys.stderr,
    )
    return 0

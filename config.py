"""Settings from the environment, with defaults; parsing only, no logic.

What stands in the file of settings is put into the environment before (``base.basics.env_file``).
Every variable is optional and stands in ``VARIABLES`` with its default and its meaning. A wrong
value raises ``SettingError``: one sentence with the variable, its fault and what is expected.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent

#: name -> (default as text, what it is), in the order of the documentation.
VARIABLES: dict[str, tuple[str, str]] = {
    "OUVRAGE_DATA_DIR": ("var/", "base de données, documents, Redis, journaux, clés"),
    "OUVRAGE_ENV": (
        "ouvrage.env dans le dossier des données",
        "fichier de ces réglages, une ligne NOM=valeur chacun",
    ),
    "DATABASE_URL": (
        "SQLite dans le dossier des données",
        "postgresql+psycopg://… pour un serveur",
    ),
    "REDIS_URL": ("Redis embarqué", "redis://…, rediss://… ou unix://…"),
    "OUVRAGE_HOST": ("127.0.0.1", "adresse d’écoute"),
    "OUVRAGE_PORT": ("8080", "port d’écoute"),
    "OUVRAGE_BASE_URL": ("l’adresse d’écoute", "adresse publique, celle des codes QR"),
    "OUVRAGE_ADMIN_PASSWORD": ("tiré au hasard", "mot de passe du premier compte « admin »"),
    "OUVRAGE_SECRET_KEY": ("tirée au hasard", "clé des sessions, 32 octets au moins"),
    "OUVRAGE_WORKERS": ("1", "nombre de processus de traitement"),
    "OUVRAGE_WEB_PROCESSES": ("un par cœur, 2 au plus", "nombre de processus du serveur web"),
    "OUVRAGE_WEB_THREADS": ("4", "requêtes que chaque processus web mène à la fois"),
    "OUVRAGE_LOCALE": ("fr", "langue : fr ou en"),
    "OUVRAGE_TIMEZONE": ("Europe/Paris", "fuseau horaire de la collectivité"),
    "OUVRAGE_TLS_CERT": ("aucun", "certificat (PEM), pour servir en https"),
    "OUVRAGE_TLS_KEY": ("aucune", "clé privée du certificat (PEM)"),
    "OUVRAGE_TRUSTED_PROXIES": ("0", "nombre de mandataires placés devant le serveur"),
    "OUVRAGE_TILES_URL": ("aucune", "fond de carte : https://…/{z}/{x}/{y}.png"),
    "OUVRAGE_REQUIRE_MFA": ("false", "second facteur exigé des administrateurs"),
    "OUVRAGE_MAIL_FROM": ("aucune", "adresse d’expédition des mails"),
    "SMTP_URL": ("aucune", "smtp://… ou smtps://… : envoi des mails"),
    "IMAP_URL": ("aucune", "imap://… ou imaps://… : demandes reçues par mail"),
    "TSA_URL": ("aucune", "horodatage RFC 3161, https://…"),
    "OUVRAGE_PUSH_PUBLIC_KEY": ("aucune", "clé publique des notifications (VAPID)"),
    "OUVRAGE_PUSH_PRIVATE_KEY": ("aucune", "clé privée des notifications (VAPID)"),
    "S3_URL": ("dossier des données", "documents sur un stockage S3 : https://…/seau"),
    "OUVRAGE_ACCESS_LOG": ("true", "une ligne par requête dans logs/access.log"),
    "OUVRAGE_LOG_MB": ("20", "taille d’un journal avant rotation, en Mo ; 0 la laisse à logrotate"),
    "OUVRAGE_LOG_KEPT": ("5", "anciens journaux gardés par processus"),
    "OUVRAGE_METRICS_TOKEN": ("aucun", "jeton de /metrics ; sans lui, la machine seule la lit"),
}
#: Read and checked, of no effect yet: who gives one is told so at the start.
NOT_YET = (
    "OUVRAGE_MAIL_FROM",
    "SMTP_URL",
    "IMAP_URL",
    "TSA_URL",
    "OUVRAGE_PUSH_PUBLIC_KEY",
    "OUVRAGE_PUSH_PRIVATE_KEY",
    "S3_URL",
)

#: What is told of in documentation, help and settings: what changes something.
SAID = tuple(name for name in VARIABLES if name not in NOT_YET)

_HOST_NAME = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_MAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: Keys of tutorials and examples, refused even when they are long enough.
_KNOWN_KEYS = ("changeme", "secret", "ouvrage", "\\2\\1thisismyscretkey\\1\\2\\e\\y\\y\\h")


class SettingError(Exception):
    """A setting with a wrong value; the text is the sentence to show."""


@dataclass(frozen=True)
class Settings:
    """Every setting, parsed and checked; secrets are kept out of the text form."""

    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    host: str
    port: int
    base_url: str
    admin_password: str | None = field(repr=False)
    secret_key: str | None = field(repr=False)
    workers: int
    #: Python computes in one thread at a time: a process for each core that may be used.
    web_processes: int
    web_threads: int
    locale: str
    timezone: str
    tls_cert: Path | None
    tls_key: Path | None
    trusted_proxies: int
    tiles_url: str | None
    require_mfa: bool
    mail_from: str | None
    smtp_url: str | None = field(repr=False)
    imap_url: str | None = field(repr=False)
    tsa_url: str | None
    push_public_key: str | None
    push_private_key: str | None = field(repr=False)
    s3_url: str | None = field(repr=False)
    access_log: bool
    log_mb: int
    log_kept: int
    metrics_token: str | None = field(repr=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file of this machine."""
        return self.database_url.startswith("sqlite")

    @property
    def is_https(self) -> bool:
        """Whether the public address is https."""
        return self.base_url.startswith("https://")

    @property
    def is_loopback(self) -> bool:
        """Whether the public address is reachable from this machine only."""
        name = urlsplit(self.base_url).hostname or ""
        return name in _LOOPBACK or name.endswith(".localhost")

    @property
    def trusted_hosts(self) -> list[str]:
        """The host names a request may carry: the public one and the loopback."""
        public = urlsplit(self.base_url).hostname or "localhost"
        return list(dict.fromkeys([public, "127.0.0.1", "localhost", "[::1]"]))


def refuse(name: str, value: str | None, expected: str) -> NoReturn:
    """Raise the sentence of a wrong value; a secret's value is given as ``None``."""
    shown = f"{name} vaut « {value} »" if value is not None else f"{name} ne convient pas"
    raise SettingError(f"{shown} : {expected}.")


class _Reader:
    """The environment, read one typed value at a time; an empty value counts as unset."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def text(self, name: str) -> str | None:
        value = self.environ.get(name, "").strip()
        return value or None

    def number(self, name: str, default: int, low: int, high: int, what: str) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not re.fullmatch(r"[0-9]{1,6}", value) or not low <= int(value) <= high:
            refuse(name, value, f"{what}, un entier de {low} à {high}, est attendu")
        return int(value)

    def switch(self, name: str, default: bool) -> bool:
        value = self.text(name)
        if value is None:
            return default
        if value.lower() not in ("true", "false", "1", "0"):
            refuse(name, value, "« true » ou « false » est attendu")
        return value.lower() in ("true", "1")

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name) or default
        if value not in choices:
            refuse(name, value, " ou ".join(f"« {c} »" for c in choices) + " est attendu")
        return value

    def address(self, name: str, schemes: tuple[str, ...], example: str) -> str | None:
        value = self.text(name)
        if value is None:
            return None
        parts = _split(value)
        if parts is None or parts.scheme not in schemes or not (parts.hostname or parts.path):
            # The value may hold a password: only its beginning is shown.
            refuse(name, value.split(":", 1)[0] + ":…", f"une adresse comme {example} est attendue")
        return value

    def file(self, name: str) -> Path | None:
        value = self.text(name)
        if value is None:
            return None
        if not os.access(value, os.R_OK) or not Path(value).is_file():
            refuse(name, value, "le chemin d’un fichier lisible est attendu")
        return Path(value).absolute()


def _split(value: str) -> SplitResult | None:
    """The parts of an address, or nothing when it is none."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  (raises on a port that is no number)
    except ValueError:
        return None
    return parts


def _host(read: _Reader) -> str:
    value = read.text("OUVRAGE_HOST") or "127.0.0.1"
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if not _HOST_NAME.fullmatch(value) or re.fullmatch(r"[0-9.]+", value):
            refuse("OUVRAGE_HOST", value, "une adresse IP ou un nom de machine est attendu")
    return value


def _base_url(read: _Reader, default: str) -> str:
    name = "OUVRAGE_BASE_URL"
    value = (read.text(name) or default).rstrip("/")
    parts = _split(value)
    if (
        parts is None
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.path
        or parts.query
        or parts.fragment
        or parts.username
    ):
        refuse(
            name, value, "une adresse comme https://ouvrage.commune.fr, sans chemin, est attendue"
        )
    return value


def _database_url(read: _Reader, folder: Path) -> str:
    name = "DATABASE_URL"
    value = read.text(name)
    if value is None:
        return f"sqlite:///{folder / 'ouvrage.db'}"
    expected = "postgresql+psycopg://utilisateur:mot-de-passe@machine/base ou sqlite:////chemin.db"
    parts = _split(value)
    if parts is not None:
        if parts.scheme == "sqlite" and len(parts.path) > 1 and not parts.netloc:
            return value
        if parts.scheme in ("postgresql", "postgresql+psycopg") and len(parts.path) > 1:
            return "postgresql+psycopg" + value[len(parts.scheme) :]
    refuse(name, value.split(":", 1)[0] + ":…", f"une adresse comme {expected} est attendue")


def _secret_key(read: _Reader) -> str | None:
    name = "OUVRAGE_SECRET_KEY"
    value = read.text(name)
    if value is None:
        return None
    if len(value.encode()) < 32:
        refuse(name, None, "une clé tirée au hasard d’au moins 32 octets est attendue")
    plain = value.lower()
    if len(set(value)) < 8 or plain in _KNOWN_KEYS or "changeme" in plain or "change-me" in plain:
        refuse(name, None, "c’est une clé d’exemple ; une clé tirée au hasard est attendue")
    return value


def _tls(read: _Reader) -> tuple[Path | None, Path | None]:
    cert, key = read.file("OUVRAGE_TLS_CERT"), read.file("OUVRAGE_TLS_KEY")
    if (cert is None) != (key is None):
        missing = "OUVRAGE_TLS_CERT" if cert is None else "OUVRAGE_TLS_KEY"
        raise SettingError(
            f"{missing} manque : OUVRAGE_TLS_CERT et OUVRAGE_TLS_KEY sont attendues ensemble."
        )
    return cert, key


def _web(read: _Reader) -> tuple[int, int]:
    default = min(2, os.cpu_count() or 1)
    processes = read.number(
        "OUVRAGE_WEB_PROCESSES", default, 1, 64, "un nombre de processus du serveur web"
    )
    threads = read.number("OUVRAGE_WEB_THREADS", 4, 1, 32, "un nombre de requêtes par processus")
    if processes * threads > 256:
        raise SettingError(
            f"OUVRAGE_WEB_PROCESSES ({processes}) fois OUVRAGE_WEB_THREADS ({threads}) : "
            "256 requêtes à la fois au plus sont attendues."
        )
    return processes, threads


def _timezone(read: _Reader) -> str:
    value = read.text("OUVRAGE_TIMEZONE") or "Europe/Paris"
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        refuse("OUVRAGE_TIMEZONE", value, "un fuseau horaire comme Europe/Paris est attendu")
    return value


def _tiles_url(read: _Reader) -> str | None:
    name = "OUVRAGE_TILES_URL"
    example = "https://tuiles.exemple.fr/{z}/{x}/{y}.png"
    value = read.address(name, ("https", "http"), example)
    if value is not None and not all(part in value for part in ("{z}", "{x}", "{y}")):
        refuse(name, value, f"une adresse comme {example} est attendue")
    return value


def _mail_from(read: _Reader) -> str | None:
    value = read.text("OUVRAGE_MAIL_FROM")
    if value is not None and not _MAIL.fullmatch(value):
        refuse("OUVRAGE_MAIL_FROM", value, "une adresse comme ouvrage@commune.fr est attendue")
    return value


def _metrics_token(read: _Reader) -> str | None:
    name = "OUVRAGE_METRICS_TOKEN"
    value = read.text(name)
    if value is not None and not re.fullmatch(r"[!-~]{16,200}", value):
        refuse(name, None, "un jeton d’au moins 16 lettres et chiffres, sans espace, est attendu")
    return value


def data_dir(environ: Mapping[str, str]) -> Path:
    """The data directory of this environment."""
    named = _Reader(environ).text("OUVRAGE_DATA_DIR")
    return Path(named or ROOT / "var").expanduser().absolute()


def settings_file(environ: Mapping[str, str]) -> tuple[Path, bool]:
    """The file of settings of this environment, and whether somebody named it."""
    named = _Reader(environ).text("OUVRAGE_ENV")
    if named is not None:
        return Path(named).expanduser().absolute(), True
    return data_dir(environ) / "ouvrage.env", False


def settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this environment.

    Raises:
        SettingError: a variable has a wrong value.
    """
    read = _Reader(os.environ if environ is None else environ)
    folder = data_dir(read.environ)
    if folder.exists() and not folder.is_dir():
        refuse("OUVRAGE_DATA_DIR", str(folder), "un dossier est attendu, c’est un fichier")
    if "?" in str(folder):
        refuse("OUVRAGE_DATA_DIR", str(folder), "un chemin sans « ? » est attendu")
    host = _host(read)
    port = read.number("OUVRAGE_PORT", 8080, 1, 65535, "un numéro de port")
    cert, key = _tls(read)
    processes, threads = _web(read)
    named = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    default_url = f"{'https' if cert else 'http'}://{named}:{port}"
    return Settings(
        data_dir=folder,
        database_url=_database_url(read, folder),
        redis_url=read.address("REDIS_URL", ("redis", "rediss", "unix"), "redis://machine:6379/0"),
        host=host,
        port=port,
        base_url=_base_url(read, default_url),
        admin_password=read.environ.get("OUVRAGE_ADMIN_PASSWORD") or None,
        secret_key=_secret_key(read),
        workers=read.number("OUVRAGE_WORKERS", 1, 1, 64, "un nombre de processus"),
        web_processes=processes,
        web_threads=threads,
        locale=read.choice("OUVRAGE_LOCALE", "fr", ("fr", "en")),
        timezone=_timezone(read),
        tls_cert=cert,
        tls_key=key,
        trusted_proxies=read.number("OUVRAGE_TRUSTED_PROXIES", 0, 0, 9, "un nombre de mandataires"),
        tiles_url=_tiles_url(read),
        require_mfa=read.switch("OUVRAGE_REQUIRE_MFA", False),
        mail_from=_mail_from(read),
        smtp_url=read.address("SMTP_URL", ("smtp", "smtps"), "smtps://compte:secret@machine:465"),
        imap_url=read.address("IMAP_URL", ("imap", "imaps"), "imaps://compte:secret@machine:993"),
        tsa_url=read.address("TSA_URL", ("https",), "https://horodatage.exemple.fr/tsa"),
        push_public_key=read.text("OUVRAGE_PUSH_PUBLIC_KEY"),
        push_private_key=read.text("OUVRAGE_PUSH_PRIVATE_KEY"),
        s3_url=read.address("S3_URL", ("https", "http"), "https://cle:secret@s3.exemple.fr/seau"),
        access_log=read.switch("OUVRAGE_ACCESS_LOG", True),
        log_mb=read.number("OUVRAGE_LOG_MB", 20, 0, 10_000, "une taille en Mo"),
        log_kept=read.number("OUVRAGE_LOG_KEPT", 5, 1, 1000, "un nombre de fichiers"),
        metrics_token=_metrics_token(read),
    )

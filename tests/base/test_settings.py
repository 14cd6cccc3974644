"""Settings: defaults, every wrong value named with what is expected, secrets kept out of text."""

from __future__ import annotations

from pathlib import Path

import pytest

import config
from config import SettingError, settings

KEY = "0123456789abcdef0123456789abcdef-tirée"


def test_an_empty_environment_gives_the_defaults_of_the_contract():
    found = settings({})
    assert found.data_dir == config.ROOT / "var"
    assert found.database_url == f"sqlite:///{config.ROOT / 'var' / 'ouvrage.db'}"
    assert (found.host, found.port, found.base_url) == ("127.0.0.1", 8080, "http://127.0.0.1:8080")
    assert found.redis_url is None
    assert (found.locale, found.timezone) == ("fr", "Europe/Paris")
    assert found.trusted_proxies == 0
    assert found.require_mfa is False
    assert found.is_loopback


def test_an_empty_value_counts_as_unset():
    assert settings({"OUVRAGE_PORT": "", "DATABASE_URL": " "}).port == 8080


def test_the_data_directory_moves_the_database_with_it(tmp_path):
    found = settings({"OUVRAGE_DATA_DIR": str(tmp_path / "é e")})
    assert found.database_url.endswith("é e/ouvrage.db")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("OUVRAGE_PORT", "abc", "de 1 à 65535"),
        ("OUVRAGE_PORT", "0", "de 1 à 65535"),
        ("OUVRAGE_PORT", "70000", "de 1 à 65535"),
        ("OUVRAGE_HOST", "pas une machine", "adresse IP"),
        ("OUVRAGE_HOST", "300.1.1.1", "adresse IP"),
        ("OUVRAGE_BASE_URL", "ouvrage.fr", "https://"),
        ("OUVRAGE_BASE_URL", "https://ouvrage.fr/chemin", "sans chemin"),
        ("OUVRAGE_BASE_URL", "https://ouvrage.fr:port", "https://"),
        ("OUVRAGE_WORKERS", "0", "de 1 à 64"),
        ("OUVRAGE_WORKERS", "-1", "de 1 à 64"),
        ("OUVRAGE_WEB_PROCESSES", "0", "de 1 à 64"),
        ("OUVRAGE_WEB_PROCESSES", "deux", "de 1 à 64"),
        ("OUVRAGE_WEB_THREADS", "0", "de 1 à 32"),
        ("OUVRAGE_WEB_THREADS", "1000", "de 1 à 32"),
        ("OUVRAGE_LOCALE", "de", "« fr » ou « en »"),
        ("OUVRAGE_TIMEZONE", "Paris", "Europe/Paris"),
        ("OUVRAGE_TIMEZONE", "../etc/passwd", "Europe/Paris"),
        ("OUVRAGE_TRUSTED_PROXIES", "oui", "de 0 à 9"),
        ("OUVRAGE_TILES_URL", "https://tuiles.fr/", "{z}/{x}/{y}"),
        ("OUVRAGE_REQUIRE_MFA", "peut-être", "« true » ou « false »"),
        ("OUVRAGE_MAIL_FROM", "pas une adresse", "ouvrage@commune.fr"),
        ("OUVRAGE_SECRET_KEY", "court", "au moins 32 octets"),
        ("OUVRAGE_SECRET_KEY", "changeme" * 8, "d’exemple"),
        ("OUVRAGE_SECRET_KEY", "a" * 64, "d’exemple"),
        ("DATABASE_URL", "mysql://machine/base", "postgresql+psycopg://"),
        ("DATABASE_URL", "n’importe quoi", "postgresql+psycopg://"),
        ("REDIS_URL", "http://machine", "redis://"),
        ("SMTP_URL", "mail.fr", "smtps://"),
        ("IMAP_URL", "http://mail.fr", "imaps://"),
        ("TSA_URL", "http://horodatage.fr", "https://"),
        ("S3_URL", "s3", "https://"),
        ("OUVRAGE_TLS_CERT", "/absent.pem", "fichier lisible"),
    ],
)
def test_a_wrong_value_names_the_variable_and_what_is_expected(name, value, expected):
    with pytest.raises(SettingError) as refusal:
        settings({name: value})
    sentence = str(refusal.value)
    assert sentence.startswith(name)
    assert expected in sentence
    assert sentence.endswith(".") and "\n" not in sentence


def test_the_web_server_may_be_larger_or_smaller(monkeypatch):
    monkeypatch.setattr(config.os, "cpu_count", lambda: 16)
    found = settings({})
    assert (found.web_processes, found.web_threads) == (2, 4)
    found = settings({"OUVRAGE_WEB_PROCESSES": "12", "OUVRAGE_WEB_THREADS": "8"})
    assert (found.web_processes, found.web_threads) == (12, 8)
    with pytest.raises(SettingError, match="256 requêtes à la fois au plus"):
        settings({"OUVRAGE_WEB_PROCESSES": "64", "OUVRAGE_WEB_THREADS": "32"})


def test_each_web_process_has_its_threads_and_a_connection_for_two_sessions_each():
    from base.app import engine_options
    from base.processes.web import Server

    found = settings({"OUVRAGE_WEB_PROCESSES": "3", "OUVRAGE_WEB_THREADS": "5"})
    assert engine_options(found)["pool_size"] == 12

    class Listener:
        def detach(self):
            return 7

    made = Server(found, Listener(), None)
    assert (made.cfg.workers, made.cfg.threads) == (3, 5)


def test_a_secret_is_never_repeated_in_the_sentence():
    for name, value in (
        ("OUVRAGE_SECRET_KEY", "mon-secret"),
        ("DATABASE_URL", "mysql://moi:mon-secret@machine/base"),
        ("SMTP_URL", "ftp://moi:mon-secret@machine"),
    ):
        with pytest.raises(SettingError) as refusal:
            settings({name: value})
        assert "mon-secret" not in str(refusal.value)


def test_the_text_form_of_the_settings_holds_no_secret():
    found = settings(
        {
            "OUVRAGE_SECRET_KEY": KEY,
            "OUVRAGE_ADMIN_PASSWORD": "un mot de passe long",
            "DATABASE_URL": "postgresql+psycopg://moi:caché@machine/base",
        }
    )
    assert KEY not in repr(found)
    assert "mot de passe" not in repr(found)
    assert "caché" not in repr(found)


def test_certificate_and_key_come_together(tmp_path):
    cert = tmp_path / "cert.pem"
    cert.write_text("x")
    with pytest.raises(SettingError, match="OUVRAGE_TLS_KEY manque"):
        settings({"OUVRAGE_TLS_CERT": str(cert)})
    both = settings({"OUVRAGE_TLS_CERT": str(cert), "OUVRAGE_TLS_KEY": str(cert)})
    assert both.base_url == "https://127.0.0.1:8080"
    assert both.is_https


def test_a_data_directory_that_is_a_file_is_refused(tmp_path):
    file = tmp_path / "fichier"
    file.write_text("x")
    with pytest.raises(SettingError, match="OUVRAGE_DATA_DIR"):
        settings({"OUVRAGE_DATA_DIR": str(file)})


def test_trusted_hosts_are_the_public_name_and_the_loopback():
    found = settings({"OUVRAGE_BASE_URL": "https://ouvrage.commune.fr"})
    assert found.trusted_hosts == ["ouvrage.commune.fr", "127.0.0.1", "localhost", "[::1]"]
    assert not found.is_loopback


def test_a_postgresql_address_gets_our_driver():
    url = settings({"DATABASE_URL": "postgresql://moi@machine/base"}).database_url
    assert url == "postgresql+psycopg://moi@machine/base"


def test_every_variable_read_is_declared():
    source = Path(config.__file__).read_text(encoding="utf-8")
    body = source.split("def refuse", 1)[1]
    import re

    read = set(re.findall(r'"((?:OUVRAGE_|[A-Z0-9]+_URL)[A-Z0-9_]*)"', body))
    assert read == set(config.VARIABLES)


def test_a_setting_of_no_effect_yet_is_used_and_promised_nowhere():
    root = Path(config.__file__).parent
    readme = (root / "README.md").read_text(encoding="utf-8")
    code = "".join(
        path.read_text(encoding="utf-8")
        for module in ("base", "patrimoine", "interventions", "energie", "reports")
        for path in (root / module).rglob("*.py")
    )
    for name in config.NOT_YET:
        field = name.removeprefix("OUVRAGE_").lower()
        assert f"settings.{field}" not in code, f"{name} is used: take it out of NOT_YET"
        assert name not in readme and name not in config.SAID


def test_no_secret_is_among_the_settings_that_a_backup_tells():
    import dataclasses

    from base.upkeep.backups.making import SECRET_VARIABLES

    fields = [f.name.upper() for f in dataclasses.fields(config.Settings) if not f.repr]
    names = [n if n in config.VARIABLES else f"OUVRAGE_{n}" for n in fields]
    assert set(names) == set(SECRET_VARIABLES)

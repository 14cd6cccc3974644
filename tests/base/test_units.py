"""The files for systemd and nginx that the guide hands out."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import pytest

from base.processes import cli
from base.rules.modules.loading import ROOT

UNITS = sorted((ROOT / "docs" / "systemd").glob("*.service"))
NGINX = ROOT / "docs" / "nginx" / "ouvrage.conf"
GUIDE = (ROOT / "docs" / "guide" / "installer.md").read_text("utf-8")


def values(path):
    """Name -> values, of a unit."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", path.read_text("utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_each_unit_starts_a_command_that_is_there(path):
    (line,) = values(path)["ExecStart"]
    words = shlex.split(line)
    assert words[:2] == ["/usr/bin/python3", "run.py"]
    assert cli.parser(modules=False).parse_args(words[2:]).run
    assert path.name in GUIDE, "the guide names it"


def test_each_role_has_its_unit():
    roles = {"".join(shlex.split(values(p)["ExecStart"][0])[2:]) for p in UNITS}
    assert roles == {"", "web", "worker", "scheduler", "background"}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_each_unit_is_started_again_for_ever_and_may_little(path):
    found = values(path)
    wanted = {
        "Restart": "always",
        "RestartSec": "5",
        "StartLimitIntervalSec": "0",
        "KillMode": "mixed",
        "RequiresMountsFor": "/srv/ouvrage",
        "UMask": "0077",
        "NoNewPrivileges": "true",
        "ProtectSystem": "strict",
        "CapabilityBoundingSet": "",
        "User": "ouvrage",
    }
    assert {name: found[name] for name in wanted} == {n: [v] for n, v in wanted.items()}
    assert "network-online.target" in found["Wants"][0].split()
    servers = {"network-online.target", "postgresql.service", "redis-server.service"}
    assert servers < {*found["After"][0].split()}
    hardening = [path.read_text("utf-8").partition("# Nothing outside")[2] for path in UNITS]
    assert len(set(hardening)) == 1 and hardening[0], "the same for each role"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_has_no_complaint(path, tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze est absent")
    name = path.name.replace("@.", "@8080.")
    shutil.copyfile(path, tmp_path / name)
    done = subprocess.run(
        [program, "verify", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if name in line]
    assert (done.returncode, said) == (0, []), done.stderr


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_calls_the_exposure_of_each_unit_small(path, tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze est absent")
    name = path.name.replace("@.", "@8080.")
    shutil.copyfile(path, tmp_path / name)
    done = subprocess.run(
        [program, "security", "--offline=yes", "--no-pager", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    if found is None:
        pytest.skip(f"systemd-analyze ne l’examine pas ici : {done.stderr.strip()[:200]}")
    assert float(found.group(1)) <= 3.0


def test_nginx_compresses_hides_the_metrics_and_has_no_complaint(tmp_path):
    text = NGINX.read_text("utf-8")
    assert "gzip on;" in text and "location = /metrics" in text
    assert text.count("{") == text.count("}")
    assert "docs/nginx/ouvrage.conf" in GUIDE
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("nginx est absent")
    certificates = re.sub(r"^\s*(ssl_certificate|listen 443).*$", "", text, flags=re.MULTILINE)
    conf = tmp_path / "nginx.conf"
    conf.write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n"
        + certificates.replace("listen 80", "listen 18080")
        + "\n}\n"
    )
    done = subprocess.run(
        [program, "-t", "-p", str(tmp_path), "-c", str(conf), "-e", str(tmp_path / "log")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_guide_says_whose_crontab():
    lines = re.findall(r"^[0-9*/ ]+ (\w+) cd /srv/ouvrage .*run\.py backup", GUIDE, re.MULTILINE)
    # The backup of each night, and the restore that is rehearsed each month.
    assert lines == ["ouvrage", "ouvrage"] and "/etc/cron.d/ouvrage" in GUIDE

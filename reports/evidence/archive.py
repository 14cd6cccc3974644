"""The archive that proves what the trail says of one asset, to somebody who has only the archive.

A zip: the entries of the trail in the bytes that were sealed, the path of each to the last seal,
the seals with their signatures and the proof that each is the beginning of the last, the public
keys, the documents, the printed report, a manifest, and the verifier, which needs Python and
nothing else. Personal values are not in it, for it is kept when they have to be erased: the
entries bear their digests.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select

from base.basics import clock
from base.basics.errors import DomainError
from base.basics.formats import instant
from base.basics.i18n import _
from base.basics.sessions import Session
from base.papers.files.store import Store
from base.store.models import Event
from base.store.models.documents import Document
from base.store.models.seals import Seal, SealKey
from base.upkeep.seals import consistency, leaf, proof_of
from base.upkeep.seals.signing import written_at

FORMAT = "ouvrage-preuve/1"
MEDIA_TYPE = "application/zip"
VERIFIER = Path(__file__).with_name("verifier.py")
#: Every file of the archive bears this instant: the same content gives the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class NotSealed(DomainError):
    """An entry that the archive needs is not sealed yet."""


@dataclass(frozen=True)
class Subject:
    """What the archive is about."""

    title: str
    entity: str
    zone: str
    #: Sentences on what its author may not read, which is not in it.
    left_out: tuple[str, ...] = ()


class Writer:
    """A zip of which every file stands in the manifest."""

    def __init__(self, out: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self._digests: dict[str, str] = {}

    def put(self, name: str, data: bytes) -> None:
        """A file made of these bytes."""
        self._digests[name] = hashlib.sha256(data).hexdigest()
        self._zip.writestr(self._info(name), data)

    def lines(self, name: str, lines: Iterable[bytes]) -> None:
        """A file of lines, written as they come."""
        digest = hashlib.sha256()
        with self._zip.open(self._info(name), "w", force_zip64=True) as target:
            for line in lines:
                digest.update(line + b"\n")
                target.write(line + b"\n")
        self._digests[name] = digest.hexdigest()

    def copy(self, name: str, source: IO[bytes], digest: str) -> None:
        """A file whose digest is known; copied piece by piece."""
        with self._zip.open(self._info(name), "w", force_zip64=True) as target:
            shutil.copyfileobj(source, target, 1 << 20)
        self._digests[name] = digest

    def close(self, manifest: dict[str, Any]) -> None:
        """The manifest, last."""
        files = dict(sorted(self._digests.items()))
        text = _json({**manifest, "format": FORMAT, "files": files})
        self._zip.writestr(self._info("manifeste.json"), text)
        self._zip.close()

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, _EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        return info


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def write(
    session: Session,
    out: IO[bytes],
    subject: Subject,
    events: Sequence[Event],
    documents: Sequence[Document],
    *,
    store: Store,
) -> int:
    """Write the archive of these entries and documents; how many entries there are.

    Raises:
        NotSealed: the last seal does not cover all of them.
        FileMissing: the store lost the bytes of a document.
    """
    last = _last_seal(session)
    if not events or last is None or events[-1].seq > last.size:
        raise NotSealed(
            _("Des faits de ce dossier ne sont pas encore scellés : scellez le journal d’abord.")
        )
    archive = Writer(out)
    numbers = [event.seq for event in events]
    archive.lines("faits.jsonl", (leaf.canonical(leaf.row_of(event)) for event in events))
    archive.lines("preuves.jsonl", (_proof(session, seq, last.size) for seq in numbers))
    seals = _seals(session, numbers, last)
    archive.put("scelles.json", _json([_seal(session, seal, last) for seal in seals]))
    archive.put("cles.json", _json(_keys(session, seals)))
    # Verifiers that others hold read this file: archives of before have values there.
    archive.put("personnel.json", _json([]))
    archive.put("documents.json", _json(_documents(archive, documents, events, store)))
    archive.put("verifier.py", VERIFIER.read_bytes())
    archive.put("LISEZMOI.txt", _read_me(subject, last).encode())
    archive.close(
        {
            "subject": f"{subject.title}, {subject.entity}",
            "made_at": written_at(clock.now()),
            "seal": {"number": last.number, "size": last.size, "root": last.root},
        }
    )
    return len(numbers)


def _last_seal(session: Session) -> Seal | None:
    found: Seal | None = session.scalars(select(Seal).order_by(Seal.number.desc()).limit(1)).first()
    return found


def _proof(session: Session, seq: int, size: int) -> bytes:
    proof = proof_of(session, seq, size=size)
    return json.dumps({"seq": seq, "path": list(proof.path)}, sort_keys=True).encode()


def _seals(session: Session, numbers: Sequence[int], last: Seal) -> list[Seal]:
    """The first seal over each entry, and the last of all."""
    found: list[Seal] = []
    at = 0
    while at < len(numbers):
        seal = session.scalars(
            select(Seal).where(Seal.size >= numbers[at]).order_by(Seal.size).limit(1)
        ).one()
        found.append(seal)
        while at < len(numbers) and numbers[at] <= seal.size:
            at += 1
    return found if found[-1].number == last.number else [*found, last]


def _seal(session: Session, seal: Seal, last: Seal) -> dict[str, Any]:
    return {
        "at": written_at(seal.at),
        "key": seal.key,
        "number": seal.number,
        "previous_root": seal.previous_root,
        "root": seal.root,
        "size": seal.size,
        "signature": seal.signature,
        "consistency": list(consistency(session, seal.size, last.size).path),
    }


def _keys(session: Session, seals: Sequence[Seal]) -> dict[str, str]:
    names = sorted({seal.key for seal in seals})
    rows = session.scalars(select(SealKey).where(SealKey.fingerprint.in_(names)))
    return {row.fingerprint: row.public_key for row in rows}


def _documents(
    archive: Writer, documents: Sequence[Document], events: Sequence[Event], store: Store
) -> list[dict[str, Any]]:
    """Copy the documents; each with the entry of its deposit."""
    noted = {
        event.record_id: event.seq
        for event in events
        if event.record == Document.__tablename__ and event.op == "I"
    }
    found = []
    for document in documents:
        name = f"documents/{document.id}-{document.label}"
        with store.open(document.digest) as source:
            archive.copy(name, source, document.digest)
        found.append(
            {
                "file": name,
                "label": document.label,
                "sha256": document.digest,
                "seq": noted.get(document.id),
            }
        )
    return found


def _read_me(subject: Subject, last: Seal) -> str:
    text = _(
        "Dossier de preuve : %(title)s\n"
        "%(entity)s\n\n"
        "Ce dossier contient les faits du journal d’Ouvrage sur ce bien, les documents, le "
        "rapport, et de quoi vérifier que rien n’a été changé, ôté, ajouté ou renuméroté depuis "
        "le scellement.\n\n"
        "Les valeurs personnelles (noms, courriels, téléphones) n’y sont pas reproduites, pour "
        "pouvoir être effacées : les faits en portent l’empreinte.\n\n"
        "Pour vérifier, avec Python 3.8 ou plus récent, sur n’importe quelle machine :\n\n"
        "    python3 verifier.py DOSSIER.zip\n\n"
        "Pour ne pas avoir à croire ce dossier sur parole, comparez-le à une ancre obtenue "
        "ailleurs (rapport imprimé, courriel, procès-verbal) et à l’empreinte de la clé que la "
        "collectivité publie :\n\n"
        "    python3 verifier.py DOSSIER.zip --ancre TAILLE:RACINE --cle EMPREINTE\n\n"
        "Dernier scellé : n° %(number)s du %(at)s\n"
        "Ancre : %(size)s:%(root)s\n"
        "Clé : %(key)s\n\n"
        "Un vérificateur copié d’une autre source vaut mieux que celui du dossier : il est "
        "publié avec le logiciel.\n",
        title=subject.title,
        entity=subject.entity,
        number=last.number,
        at=instant(last.at, zone=subject.zone),
        size=last.size,
        root=last.root,
        key=last.key,
    )
    return "\n".join([text, *subject.left_out, ""]) if subject.left_out else text

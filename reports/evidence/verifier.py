#!/usr/bin/env python3
"""Vérificateur d’un dossier de preuve d’Ouvrage : Python seul, aucune autre installation.

    python3 verifier.py DOSSIER.zip [--ancre TAILLE:RACINE] [--cle EMPREINTE]

Contrôle chaque fichier du dossier, chaque fait du journal (preuve d’inclusion, RFC 9162), chaque
scellé (signature Ed25519, RFC 8032, et cohérence avec le dernier), chaque document et chaque
valeur personnelle. Une ancre est une taille et une racine connues par ailleurs. Code 0 ou 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Sequence
from typing import Any

# --- Ed25519 (RFC 8032 §5.1.7), verification only: no secret is handled here ------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def _recover_x(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _point(data: bytes) -> Any:
    if len(data) != 32:
        return None
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = _recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def _add(a: Any, b: Any) -> Any:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    g, h, i, j = f - e, d - c, d + c, f + e
    return (g * h % P, i * j % P, h * i % P, g * j % P)


def _times(scalar: int, base: Any) -> Any:
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, base)
        base, scalar = _add(base, base), scalar >> 1
    return total


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is that of the message by the key."""
    if len(signature) != 64:
        return False
    key, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left = _times(s, BASE)
    right = _add(r, _times(int.from_bytes(digest, "little") % L, key))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- Merkle tree (RFC 9162 §2.1) ---------------------------------------------------------------


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(hash_: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """§2.1.3.2: the leaf stands at that index (from 0) in the tree with that root."""
    if not 0 <= index < size:
        return False
    fn, sn = index, size - 1
    for other in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            hash_ = _node(other, hash_)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            hash_ = _node(hash_, other)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and hash_ == root


def consistent(
    first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """§2.1.4.2: the tree of the first size is the beginning of that of the second."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    path = [first_root, *path] if first & (first - 1) == 0 else path
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for other in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _node(other, fr), _node(other, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = _node(sr, other)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == first_root and sr == second_root


# --- the archive -------------------------------------------------------------------------------


class Fault(Exception):
    """Something does not agree."""


def _must(condition: object, sentence: str) -> None:
    if not condition:
        raise Fault(sentence)


def check_files(archive: zipfile.ZipFile) -> Any:
    """Every file is there, once, with the digest of the manifest, and no other file is."""
    manifest = json.loads(archive.read("manifeste.json"))
    _must(manifest.get("format") == "ouvrage-preuve/1", "format du dossier inconnu")
    names = [name for name in archive.namelist() if name != "manifeste.json"]
    _must(len(names) == len(set(names)), "un fichier figure deux fois")
    for name in sorted(set(names) ^ set(manifest["files"])):
        state = "n’est pas au manifeste" if name in names else "manque"
        raise Fault(f"le fichier {name} {state}")
    for name, digest in manifest["files"].items():
        found = hashlib.sha256()
        with archive.open(name) as source:
            for part in iter(lambda: source.read(1 << 20), b""):
                found.update(part)
        _must(found.hexdigest() == digest, f"le fichier {name} a changé")
    return manifest


def check_seals(archive: zipfile.ZipFile, anchors: Sequence[Any], key: str | None) -> Any:
    """Signatures, consistency of each seal with the last, anchors; the last seal."""
    keys, seals = json.loads(archive.read("cles.json")), json.loads(archive.read("scelles.json"))
    _must(seals, "le dossier n’a aucun scellé")
    last = seals[-1]
    for seal in seals:
        words = f"scellé n° {seal['number']}"
        public = bytes.fromhex(keys.get(seal["key"], ""))
        _must(hashlib.sha256(public).hexdigest() == seal["key"], f"{words} : clé inconnue")
        _must(key in (None, seal["key"]), f"{words} : signé par une autre clé ({seal['key']})")
        names = ("at", "key", "number", "previous_root", "root", "size")
        content = {name: seal[name] for name in names}
        signed = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
        good = is_signed(public, bytes.fromhex(seal["signature"]), signed)
        _must(good, f"{words} : la signature n’est pas bonne")
        holds = consistent(
            seal["size"],
            bytes.fromhex(seal["root"]),
            last["size"],
            bytes.fromhex(last["root"]),
            [bytes.fromhex(hash_) for hash_ in seal["consistency"]],
        )
        _must(holds, f"{words} : il n’est pas le début du dernier scellé")
    for size, root in anchors:
        same = [seal for seal in seals if seal["size"] == size]
        _must(same, f"aucun scellé du dossier n’a la taille {size} de l’ancre")
        _must(same[0]["root"] == root, f"la racine de taille {size} n’est pas celle de l’ancre")
    return last, seals


def check_events(archive: zipfile.ZipFile, last: Any) -> dict[int, Any]:
    """Each entry stands at its number under the last seal; number -> entry."""
    entries = archive.read("faits.jsonl").splitlines()
    proofs = [json.loads(line) for line in archive.read("preuves.jsonl").splitlines()]
    _must(len(entries) == len(proofs), "il n’y a pas une preuve pour chaque fait")
    found: dict[int, Any] = {}
    for line, proof in zip(entries, proofs):  # noqa: B905 - their lengths are equal
        entry = json.loads(line)
        words = f"fait n° {entry['seq']}"
        _must(proof["seq"] == entry["seq"] and entry["seq"] not in found, f"{words} : désordre")
        hashes = [bytes.fromhex(hash_) for hash_ in proof["path"]]
        holds = included(
            _leaf(line), entry["seq"] - 1, last["size"], hashes, bytes.fromhex(last["root"])
        )
        _must(holds, f"{words} : il n’est pas celui qui a été scellé")
        found[entry["seq"]] = entry
    return found


def check_personal(archive: zipfile.ZipFile, entries: dict[int, Any]) -> int:
    """Personal values are those whose digest stands in the entry."""
    values = json.loads(archive.read("personnel.json"))
    for row in values:
        words = f"valeur « {row['field']} » du fait n° {row['seq']}"
        _must(row["seq"] in entries, f"{words} : le fait manque")
        digest = hashlib.sha256(bytes.fromhex(row["salt"]) + row["value"].encode()).hexdigest()
        change: Any = json.loads(entries[row["seq"]]["changes"]).get(row["field"])
        good = isinstance(change, list) and change[row["side"]] == {"sha256": digest}
        _must(good, f"{words} : elle a changé")
    return len(values)


def check_documents(archive: zipfile.ZipFile, entries: dict[int, Any]) -> int:
    """Each document has the digest that the entry of its deposit notes."""
    rows = json.loads(archive.read("documents.json"))
    for row in rows:
        digest = hashlib.sha256(archive.read(row["file"])).hexdigest()
        _must(digest == row["sha256"], f"document « {row['label']} » : son contenu a changé")
        entry: Any = entries.get(row["seq"])
        _must(entry is not None, f"document « {row['label']} » : le fait de son dépôt manque")
        noted = json.loads(entry["changes"]).get("digest", [None, None])[1]
        _must(noted == digest, f"document « {row['label']} » : le journal note autre chose")
    return len(rows)


def main() -> int:
    """Check the archive of the command line; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dossier")
    parser.add_argument("--ancre", action="append", default=[], metavar="TAILLE:RACINE")
    parser.add_argument("--cle", metavar="EMPREINTE", help="empreinte publiée de la clé")
    given = parser.parse_args()
    try:
        anchors = [(int(size), root.lower()) for size, root in (a.split(":") for a in given.ancre)]
        with zipfile.ZipFile(given.dossier) as archive:
            manifest = check_files(archive)
            last, seals = check_seals(archive, anchors, given.cle)
            entries = check_events(archive, last)
            values = check_personal(archive, entries)
            files = check_documents(archive, entries)
    except (Fault, OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as fault:
        print(f"NON : {fault}", file=sys.stderr)
        return 1
    print(f"OUI : {manifest['subject']}")
    found = {"fait": len(entries), "document": files, "valeur": values, "scellé": len(seals)}
    print(", ".join(f"{n} {word}{'s' * (n > 1)}" for word, n in found.items()) + ".")
    print(f"Dernier scellé : n° {last['number']} du {last['at']}, {last['size']}:{last['root']}")
    print(f"Clé : {last['key']}" + ("" if given.cle else " (à comparer à celle qui est publiée)"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The index in the database: FTS5 on SQLite, ``tsvector`` with GIN on PostgreSQL.

Three tables, none of them a record: they are made from the records, by ``migrate``, and may be
thrown away and built anew. That is why no model and no Alembic revision speaks of them.

- ``search_index``: the words of each record, each with its space in front.
- ``search_word`` and ``search_trigram``: the words of each space, for prefixes and mistakes.
- ``search_kind``: from what columns each kind was built.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import cast, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.engine import Connection

from base.engine.search.declaration import RECORD_BITS, Kind
from base.engine.search.index_words import may_be_wrong, trigrams

#: With what the names of the index's tables begin: backups leave them out.
PREFIX = "search_"
#: Words that one prefix is replaced by; beyond, the engine's own prefix search is asked.
EXPANDED = 30
#: Words in one statement.
CHUNK = 500
#: Newest records looked at before the index is asked: a frequent word is found there at once.
WINDOW = 2000
#: After every word that begins with a prefix.
LAST = chr(0x10FFFF)

_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_index USING fts5("
    "words, tokenize='ascii', detail=none, prefix='8 9 10')",
    "CREATE TABLE IF NOT EXISTS search_word (space TEXT NOT NULL, word TEXT NOT NULL, "
    "PRIMARY KEY (space, word)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS search_trigram (space TEXT NOT NULL, trigram TEXT NOT NULL, "
    "word TEXT NOT NULL, PRIMARY KEY (space, trigram, word)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS search_kind (record TEXT PRIMARY KEY, signature TEXT NOT NULL)",
)
_POSTGRESQL = (
    "CREATE TABLE IF NOT EXISTS search_index (id bigint PRIMARY KEY, "
    'space text COLLATE "C" NOT NULL, words tsvector NOT NULL)',
    "CREATE INDEX IF NOT EXISTS search_index_words ON search_index USING gin (words)",
    "CREATE INDEX IF NOT EXISTS search_index_space ON search_index (space, id)",
    'CREATE TABLE IF NOT EXISTS search_word (space text COLLATE "C" NOT NULL, '
    'word text COLLATE "C" NOT NULL, PRIMARY KEY (space, word))',
    'CREATE TABLE IF NOT EXISTS search_trigram (space text COLLATE "C" NOT NULL, '
    'trigram text COLLATE "C" NOT NULL, word text COLLATE "C" NOT NULL, '
    "PRIMARY KEY (space, trigram, word))",
    "CREATE TABLE IF NOT EXISTS search_kind (record text PRIMARY KEY, signature text NOT NULL)",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """The words of one record."""

    kind: Kind
    record_id: int
    entity_id: int
    words: Sequence[str]
    #: Those of what it is in.
    around: Sequence[str] = ()


def install(connection: Connection) -> None:
    """Make the tables that are missing."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE if sqlite else _POSTGRESQL:
        connection.exec_driver_sql(statement)


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"


def write(connection: Connection, entries: Sequence[Entry]) -> None:
    """Put entries in the index, in place of what stood there, with the words nobody had."""
    if not entries:
        return
    rows = []
    spaces: dict[str, set[str]] = {}
    for entry in entries:
        space = entry.kind.space(entry.entity_id)
        spaces.setdefault(space, set()).update(entry.words, entry.around)
        tokens = [space + word for word in entry.words]
        tokens += [entry.kind.beside(space + word) for word in entry.around]
        rows.append((entry.kind.entry(entry.record_id), space, tokens))
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO search_index (rowid, words) VALUES (?, ?)",
            [(number, " ".join(words)) for number, _space, words in rows],
        )
    else:
        connection.exec_driver_sql(
            "INSERT INTO search_index (id, space, words) "
            "VALUES (%s, %s, array_to_tsvector(%s::text[])) ON CONFLICT (id) "
            "DO UPDATE SET space = excluded.space, words = excluded.words",
            rows,
        )
    # In one order for everybody: two transactions that bring the same words never wait in a ring.
    for space in sorted(spaces):
        _learn(connection, space, sorted(spaces[space]))


def _learn(connection: Connection, space: str, words: list[str]) -> None:
    """Keep the words; numbers are mostly new and have no mistakes, words mostly known."""
    mark = _mark(connection)
    new: list[str] = []
    others: list[str] = []
    for word in words:
        (others if may_be_wrong(word) else new).append(word)
    for start in range(0, len(others), CHUNK):
        some = others[start : start + CHUNK]
        listed = ", ".join([mark] * len(some))
        known = connection.exec_driver_sql(
            f"SELECT word FROM search_word WHERE space = {mark} AND word IN ({listed})",  # noqa: S608
            (space, *some),
        )
        there = {row[0] for row in known}
        new += [word for word in some if word not in there]
    if not new:
        return
    connection.exec_driver_sql(
        f"INSERT INTO search_word (space, word) VALUES ({mark}, {mark}) ON CONFLICT DO NOTHING",  # noqa: S608
        [(space, word) for word in new],
    )
    groups = [(space, g, word) for word in new if may_be_wrong(word) for g in trigrams(word)]
    if groups:
        connection.exec_driver_sql(
            "INSERT INTO search_trigram (space, trigram, word) "  # noqa: S608
            f"VALUES ({mark}, {mark}, {mark}) ON CONFLICT DO NOTHING",
            sorted(groups),
        )


def unlearn(connection: Connection, kind: Kind, entity_id: int, words: Iterable[str]) -> None:
    """Take words out of the vocabulary of a kind when no record of it has them any more."""
    mark, space = _mark(connection), kind.space(entity_id)
    sqlite = connection.dialect.name == "sqlite"
    match = "search_index MATCH ?" if sqlite else "words @@ %s::tsquery"
    for word in words:
        tokens = dict.fromkeys((space + word, kind.beside(space + word)))
        # Words hold letters and digits only: there is nothing to escape.
        asked = " OR ".join(f'"{t}"' for t in tokens) if sqlite else " | ".join(tokens)
        used = connection.exec_driver_sql(
            f"SELECT 1 FROM search_index WHERE {match} LIMIT 1",  # noqa: S608
            (asked,),
        ).first()
        if used is None:
            for name in ("search_word", "search_trigram"):
                connection.exec_driver_sql(
                    f"DELETE FROM {name} WHERE space = {mark} AND word = {mark}",  # noqa: S608
                    (space, word),
                )


def forget(connection: Connection, numbers: Iterable[int]) -> None:
    """Take entries out of the index."""
    rows = [(number,) for number in numbers]
    if rows:
        key = "rowid" if connection.dialect.name == "sqlite" else "id"
        connection.exec_driver_sql(
            f"DELETE FROM search_index WHERE {key} = {_mark(connection)}",  # noqa: S608
            rows,
        )


def forget_between(connection: Connection, kind: Kind, first: int, last: int) -> None:
    """Take the entries of the records ``first`` to ``last`` out, both included."""
    key = "rowid" if connection.dialect.name == "sqlite" else "id"
    mark = _mark(connection)
    connection.exec_driver_sql(
        f"DELETE FROM search_index WHERE {key} BETWEEN {mark} AND {mark}",  # noqa: S608
        (kind.entry(first), kind.entry(last)),
    )


def hold(connection: Connection) -> None:
    """Let nobody else write to the index until this transaction ends; SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE search_index IN SHARE ROW EXCLUSIVE MODE")


def beginning(
    connection: Connection, spaces: Sequence[str], word: str, limit: int = EXPANDED + 1
) -> list[str]:
    """Words of these spaces that begin with a word, with their space, the shortest first."""
    mark = _mark(connection)
    listed = ", ".join([mark] * len(spaces))
    rows = connection.exec_driver_sql(
        f"SELECT space, word FROM search_word WHERE space IN ({listed}) "  # noqa: S608
        f"AND word >= {mark} AND word < {mark} ORDER BY word LIMIT {limit:d}",
        (*spaces, word, word + LAST),
    )
    return [space + found for space, found in rows]


def resembling(
    connection: Connection, spaces: Sequence[str], groups: Sequence[str], limit: int
) -> list[str]:
    """Words of these spaces that share most groups of three letters, the nearest first."""
    mark = _mark(connection)
    rows = connection.exec_driver_sql(
        "SELECT word, count(*) AS shared FROM search_trigram "  # noqa: S608
        f"WHERE space IN ({', '.join([mark] * len(spaces))}) "
        f"AND trigram IN ({', '.join([mark] * len(groups))}) "
        f"GROUP BY word ORDER BY shared DESC, word LIMIT {limit:d}",
        (*spaces, *groups),
    )
    return [row[0] for row in rows]


def matching(connection: Connection, question: str, spaces: Sequence[str], limit: int) -> list[int]:
    """Numbers of records that answer a question of ``asking``, at most ``limit``."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(
            "SELECT rowid FROM search_index WHERE search_index MATCH ? LIMIT ?",
            (question, limit),
        )
        return [row[0] & ((1 << RECORD_BITS) - 1) for row in rows]
    # A frequent word is met among the newest records; the rare ones, the index knows at once.
    # The space is a range and leads the order: from an equality PostgreSQL would walk the ids
    # of all authorities backwards.
    near = connection.exec_driver_sql(
        "SELECT w.id FROM unnest(%s::text[]) AS s(space), LATERAL ("
        "SELECT id, words FROM search_index i WHERE i.space >= s.space AND i.space <= s.space "
        "ORDER BY i.space DESC, i.id DESC LIMIT %s"
        ") w WHERE w.words @@ %s::tsquery LIMIT %s",
        (list(spaces), max(1, WINDOW // len(spaces)), question, limit),
    )
    found = [row[0] for row in near]
    if len(found) < limit:
        rows = connection.exec_driver_sql(
            "WITH m AS MATERIALIZED (SELECT id FROM search_index WHERE words @@ %s::tsquery) "
            "SELECT id FROM m LIMIT %s",
            (question, limit),
        )
        found = [row[0] for row in rows]
    return [number & ((1 << RECORD_BITS) - 1) for number in found]


def numbers(dialect: str, question: str) -> Any:
    """A subquery with the numbers of all records that answer a question."""
    index = table("search_index")
    key: Any
    match: Any
    if dialect == "sqlite":
        key, match = literal_column("search_index.rowid"), literal_column("search_index")
        criterion = match.op("MATCH")(question)
    else:
        key = literal_column("search_index.id")
        criterion = literal_column("search_index.words").op("@@")(cast(question, TSQUERY))
    return select(key.op("&")((1 << RECORD_BITS) - 1)).select_from(index).where(criterion)


def built(connection: Connection) -> dict[str, str]:
    """From what each kind was built: root table -> signature."""
    rows = connection.exec_driver_sql("SELECT record, signature FROM search_kind")
    return {record: signature for record, signature in rows}


def mark_built(connection: Connection, kind: Kind) -> None:
    """Say that a kind's entries are complete."""
    mark = _mark(connection)
    connection.exec_driver_sql(
        f"INSERT INTO search_kind (record, signature) VALUES ({mark}, {mark}) "  # noqa: S608
        "ON CONFLICT (record) DO UPDATE SET signature = excluded.signature",
        (kind.record, kind.signature),
    )


def unmark(connection: Connection, record: str) -> None:
    """Say that a kind's entries are not complete."""
    mark = _mark(connection)
    connection.exec_driver_sql(f"DELETE FROM search_kind WHERE record = {mark}", (record,))  # noqa: S608


def count(connection: Connection, kind: Kind) -> int:
    """How many entries a kind has."""
    key = "rowid" if connection.dialect.name == "sqlite" else "id"
    mark = _mark(connection)
    found = connection.exec_driver_sql(
        f"SELECT count(*) FROM search_index WHERE {key} BETWEEN {mark} AND {mark}",  # noqa: S608
        (kind.entry(0), kind.entry((1 << RECORD_BITS) - 1)),
    )
    return int(found.scalar_one())

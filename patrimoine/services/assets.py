"""Verbs on assets: create, change, move with the branch, archive, restore."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy import update as sql_update

from base.basics import clock, facts, formats
from base.basics.errors import DomainError
from base.basics.folding import clean_code, code_key
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.rules.rights import standing
from base.rules.verbs import Ask, Door, verb
from base.store.history import trail
from base.store.models import Department
from patrimoine import domain
from patrimoine.domain import tree
from patrimoine.models import KIND_MODELS, Asset, AssetMove, Category
from patrimoine.queries.tree import in_branch
from patrimoine.services.checks import ValueRefused, checked
from patrimoine.services.ends import require_in_use

_PREFIXES = {
    domain.Kind.SITE: "SIT",
    domain.Kind.BUILDING: "BAT",
    domain.Kind.FLOOR: "NIV",
    domain.Kind.ROOM: "LOC",
    domain.Kind.PARCEL: "PAR",
    domain.Kind.VEHICLE: "VEH",
    domain.Kind.EQUIPMENT: "EQP",
    domain.Kind.PERSONAL_EQUIPMENT: "EPI",
}


class CodeTaken(DomainError):
    """The inventory number, or another number that must be unique, stands on another asset."""


class MoveRefused(DomainError):
    """The asset cannot stand there, or not on that day."""


def next_code(session: Session, kind: domain.Kind, *, entity_id: int) -> str:
    """The next free inventory number of the kind in the authority: "BAT-0014"."""
    return next_codes(session, kind, 1, entity_id=entity_id)[0]


def next_codes(session: Session, kind: domain.Kind, count: int, *, entity_id: int) -> list[str]:
    """Free inventory numbers, taken as one block; for imports."""
    prefix = _PREFIXES[kind]
    series = f"asset/{prefix}/{entity_id}"
    found: list[str] = []
    while len(found) < count:
        wanted = count - len(found)
        last = trail.take(session, series, wanted)
        codes = [f"{prefix}-{number:04d}" for number in range(last - wanted + 1, last + 1)]
        taken: set[str] = set()
        for start in range(0, wanted, 500):
            taken |= set(
                session.scalars(
                    select(Asset.code_key).where(
                        Asset.entity_id == entity_id,
                        Asset.code_key.in_(map(code_key, codes[start : start + 500])),
                    )
                )
            )
        found += [code for code in codes if code_key(code) not in taken]
        if taken:
            # A file brought its own numbers: go on after them, not through them one by one.
            beyond = _highest(session, prefix, entity_id) - last
            if beyond > 0:
                trail.take(session, series, beyond)
    return found


def _highest(session: Session, prefix: str, entity_id: int) -> int:
    """The highest inventory number of a prefix in the authority; 0 when there is none."""
    codes = session.scalars(
        select(Asset.code).where(
            Asset.entity_id == entity_id, Asset.code >= f"{prefix}-", Asset.code < f"{prefix}."
        )
    )
    numbers = (code.removeprefix(f"{prefix}-") for code in codes)
    return max((int(n) for n in numbers if n.isascii() and n.isdecimal()), default=0)


def create(
    session: Session,
    kind: domain.Kind | str,
    *,
    entity_id: int,
    name: str,
    on: date,
    code: str | None = None,
    parent: Asset | None = None,
    category: Category | None = None,
    **columns: Any,
) -> Asset:
    """A new asset of the register, at its place from the day ``on``.

    Without a code it gets the next inventory number of its kind. ``columns`` are the other
    columns of its kind, typed; identifiers are cleaned and checked.

    Raises:
        CodeTaken: the code, serial number, plate, VIN or parcel is in the register already.
        IdentifierRefused: an identifier is malformed.
        ValueRefused: a value is out of bounds, or a parcel has no identifier.
        TreeRefused: such an asset cannot stand below that parent.
    """
    kind = domain.Kind(kind)
    model = KIND_MODELS[kind]
    columns = checked(kind, columns, category=category)
    if kind is domain.Kind.PARCEL and not columns.get("cadastral_id"):
        sentence = _("Une parcelle demande son identifiant cadastral.")
        raise ValueRefused(sentence, {"cadastral_id": sentence})
    code = clean_code(code or "") or next_code(session, kind, entity_id=entity_id)
    if parent is not None:
        _may_stand(session, kind, parent, entity_id)
    asset = model(
        entity_id=entity_id,
        code=code,
        name=name.strip(),
        parent_id=parent.id if parent is not None else None,
        category_id=category.id if category is not None else None,
        **columns,
    )
    refuse_duplicates(session, asset)
    session.add(asset)
    session.flush()
    session.add(
        AssetMove(entity_id=entity_id, asset_id=asset.id, parent_id=asset.parent_id, starts_on=on)
    )
    session.flush()
    return asset


def update(session: Session, asset: Asset, **columns: Any) -> Asset:
    """The asset with the columns given changed; place, entity and archive have their own verbs.

    Raises:
        CodeTaken: the code, serial number, plate, VIN or parcel is in the register already.
        IdentifierRefused: an identifier is malformed.
    """
    own = {"parent_id", "entity_id", "archived_on", "kind", "path", "id", "version"}
    if refused := own & set(columns):
        raise ValueError(f"not changed here: {sorted(refused)}")
    category = columns.get("category") or asset.category
    for key, value in checked(domain.Kind(asset.kind), columns, category=category).items():
        setattr(asset, key, value)
    with session.no_autoflush:
        refuse_duplicates(session, asset)
    session.flush()
    return asset


@verb(
    Asset,
    _l("Confier à un service"),
    "users",
    name="service",
    right="edit",
    doors=Door.BULK,
    done=lambda n: ngettext("1 bien confié.", "%(num)d biens confiés.", n),
)
def entrust(session: Session, asset: Asset, *, service: Department) -> None:
    """Have a department look after the asset."""
    update(session, asset, service=service)


@verb(
    Asset,
    _l("Changer l’état"),
    "flag",
    name="status",
    right="edit",
    doors=Door.BULK,
    done=lambda n: ngettext("1 bien a changé d’état.", "%(num)d biens ont changé d’état.", n),
)
def set_status(session: Session, asset: Asset, *, status: domain.AssetStatus) -> None:
    """Say that the asset is in another state."""
    update(session, asset, status=status)


@verb(
    Asset,
    _l("Déplacer"),
    "arrows-exchange",
    doors=Door.DESK | Door.REST,
    page=_l("Ce qu’il contient le suit. L’emplacement d’avant reste dans l’historique."),
    when=lambda row: row.archived_on is None,
    asks={
        "parent": Ask(
            _l("Nouvel emplacement"),
            help=_l("Vide : en tête de l’arborescence."),
            first=lambda row: row.parent,
            required=False,
        ),
        "on": Ask(_l("À partir du"), first=lambda row: clock.today()),
        "reason": Ask(_l("Motif")),
    },
    said=lambda row, made, values: _("« %(n)s » est déplacé.", n=row.name),
)
def move(
    session: Session,
    asset: Asset,
    *,
    parent: Asset | None,
    on: date | None = None,
    reason: str | None = None,
) -> Asset:
    """The asset below another parent (or at the top) from the day ``on``, with its branch.

    Without a day it is today.

    The former place stays in the dated moves, so that the tree can be had as of any day.

    Raises:
        InvalidInput: the day is ahead: what will be moved is moved when the day has come.
        MoveRefused: the day is before the present place began.
        TransitionRefused: the asset is archived.
        TreeRefused: the parent is in its own branch, of another authority, archived, or cannot
            hold such an asset.
    """
    require_in_use(asset)
    on = on or clock.today()
    facts.require_past({"on": on})
    ids = sorted({asset.id} | ({parent.id} if parent is not None else set()))
    # Two moves at once could make a cycle between them: the rows are held, then read again.
    locked = session.scalars(
        select(Asset)
        .where(Asset.id.in_(ids))
        .order_by(Asset.id)
        .with_for_update(of=Asset, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    if len(locked) != len(ids):
        raise tree.TreeRefused(_("Le bien ou son nouvel emplacement n’existe plus."))
    if parent is not None:
        _may_stand(session, domain.Kind(asset.kind), parent, asset.entity_id)
        if parent.path.startswith(asset.path):
            raise tree.TreeRefused(
                _("« %(a)s » ne peut pas être rangé dans ce qu’il contient.", a=asset.name)
            )
    parent_id = parent.id if parent is not None else None
    if parent_id == asset.parent_id:
        return asset
    _write_move(session, asset, parent_id, on, reason)
    before = asset.path
    after = tree.join_path(parent.path if parent is not None else None, asset.id)
    _refuse_depth(session, before, after)
    asset.parent_id = parent_id
    asset.path = after
    session.flush()
    table = Asset.__table__
    session.core(
        sql_update(table)
        .where(in_branch(before, table.c.path))
        .values(path=after + func.substr(table.c.path, len(before) + 1))
    )
    for row in session.identity_map.values():
        if isinstance(row, Asset) and row is not asset:
            session.expire(row, ["path"])
    return asset


def _write_move(
    session: Session, asset: Asset, parent_id: int | None, on: date, reason: str | None
) -> None:
    present = session.scalars(
        select(AssetMove).where(AssetMove.asset_id == asset.id, AssetMove.ends_on.is_(None))
    ).one_or_none()
    if present is not None and on < present.starts_on:
        raise MoveRefused(
            _(
                "« %(a)s » est à sa place actuelle depuis le %(d)s : le déplacement ne peut pas "
                "être daté d’avant.",
                a=asset.name,
                d=formats.day(present.starts_on),
            )
        )
    if present is not None and on == present.starts_on:
        # Two moves on one day: the last one counts, the trail keeps both.
        present.parent_id, present.reason = parent_id, reason
        return
    if present is not None:
        present.ends_on = on
        session.flush()
    session.add(
        AssetMove(
            entity_id=asset.entity_id,
            asset_id=asset.id,
            parent_id=parent_id,
            starts_on=on,
            reason=reason,
        )
    )


def _refuse_depth(session: Session, before: str, after: str) -> None:
    longest = session.scalar(select(func.max(func.length(Asset.path))).where(in_branch(before)))
    if (longest or 0) - len(before) + len(after) > tree.PATH_LENGTH:
        raise tree.TreeRefused(_("L’arborescence a %(n)d niveaux au plus.", n=tree.MAX_DEPTH))


def _may_stand(session: Session, kind: domain.Kind, parent: Asset, entity_id: int) -> None:
    standing.hold(session, Asset, [parent.id])
    if parent.entity_id != entity_id:
        raise tree.TreeRefused(_("L’emplacement est d’une autre entité."))
    if parent.archived_on is not None:
        raise tree.TreeRefused(_("« %(p)s » est archivé.", p=parent.name))
    if not domain.may_hold(domain.Kind(parent.kind), kind):
        raise tree.TreeRefused(
            _(
                "« %(p)s » (%(pk)s) ne peut pas contenir un bien de nature « %(k)s ».",
                p=parent.name,
                pk=str(domain.Kind(parent.kind).word).lower(),
                k=str(kind.word).lower(),
            )
        )
    if domain.depth(parent.path) + 2 > tree.MAX_DEPTH:
        raise tree.TreeRefused(_("L’arborescence a %(n)d niveaux au plus.", n=tree.MAX_DEPTH))


def refuse_duplicates(session: Session, asset: Asset) -> None:
    """Raise when a number that must be unique stands on another asset of the authority."""
    _refuse(session, asset, "code")
    if asset.serial_number:
        _refuse(session, asset, "serial_number", "category_id")
    for key in ("plate", "vin", "cadastral_id"):
        if getattr(asset, key, None):
            _refuse(session, asset, key)


def taken_sentence(key: str, value: str, name: str, code: str) -> str:
    """What every door says of a number that stands on another asset: its name and its code."""
    labels = {
        "code": _("n° d’inventaire"),
        "serial_number": _("n° de série"),
        "plate": _("immatriculation"),
        "vin": _("VIN"),
        "cadastral_id": _("parcelle"),
    }
    label = labels[key]
    return _(
        "%(l)s %(v)s : déjà sur « %(n)s » (%(c)s).",
        l=label[0].upper() + label[1:],
        v=value,
        n=name,
        c=code,
    )


#: Numbers that are the same when they read the same -> the column of what they are compared by.
_FOLDED = {"code": "code_key", "serial_number": "serial_key"}


def _refuse(session: Session, asset: Asset, key: str, *others: str) -> None:
    state: Any = inspect(asset)
    if state.persistent and not any(state.attrs[k].history.has_changes() for k in (key, *others)):
        return
    # What every asset has is asked of assets: no join with the table of the kind.
    model = Asset if hasattr(Asset, key) else type(asset)
    same = [getattr(model, k) == getattr(asset, k) for k in ("entity_id", *others)]
    given, folded = getattr(asset, key), _FOLDED.get(key)
    same.append(
        getattr(model, folded) == code_key(given) if folded else getattr(model, key) == given
    )
    for row in session.execute(select(model.id, model.name, model.code).where(*same)):
        if row.id != asset.id:
            raise CodeTaken(
                taken_sentence(key, given, row.name, row.code),
                {key: _("Déjà sur « %(n)s ».", n=row.name)},
            )

"""Files that are known and hold no reading: what they are, and the reason that they carry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from base.basics.i18n import _, _l, listed
from energie.domain.blocks import UnreadableFile
from energie.imports.cii import first, local, text

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Most characters of a reason that are told.
MOST = 300
#: XML roots that are known and carry nothing to read here: what they are.
OTHER_FLOWS = {
    "CrossIndustryInvoice": _l(
        "Ce fichier est une facture électronique : donnez-le à l’import des factures."
    ),
    "Invoice": _l("Ce fichier est une facture UBL : donnez-le à l’import des factures."),
    "CreditNote": _l("Ce fichier est un avoir UBL : donnez-le à l’import des factures."),
}
#: Flows of Enedis by the name that their header gives: what they are for.
FLOWS = {
    "F12": _l(
        "Flux Enedis F12 (détail d’une facture d’acheminement) : il porte des montants et des "
        "puissances souscrites, pas de relevés. Pour les relevés, demandez R15, R67, R151 ou R171."
    ),
    "F15": _l(
        "Flux Enedis F15 (détail d’une facture d’acheminement de petits sites) : il porte des "
        "montants, pas de relevés. Pour les relevés, demandez R15, R67 ou R151."
    ),
    "X12": _l(
        "Flux d’affaires X12 : il suit l’avancement de demandes, il ne contient pas de relevés."
    ),
    "X13": _l(
        "Flux d’affaires X13 : il suit des demandes reçues d’autres acteurs, il ne contient pas "
        "de relevés."
    ),
    "C12": _l(
        "Flux Enedis C12 (événements de contrat des sites de plus de 36 kVA) : il ne contient "
        "pas de relevés."
    ),
    "C68": _l(
        "Flux Enedis C68 (données techniques et contractuelles) : il ne contient pas de relevés."
    ),
}
#: Roots whose header may lack: which flow they are.
ROOTS = {"Detail_Facturation": "F12", "F15_Detail_Facturation": "F15", "C12": "C12"}
#: Where a flow names itself.
HEADERS = ("En_Tete_Flux", "enteteFlux", "Entete", "entete")
#: Keys under which services write why they refuse, the most telling first.
REASONS = (
    "error_description errorDescription description message_retour_traitement message detail"
    " reason title"
).split()
#: Keys of an object that is the refusal of a service.
SIGNS = (
    "error_code error errors fault enedis_return code_statut_traitement erreur statut_restitution"
).split()


class WithoutReadings(UnreadableFile):
    """A file whose kind is known, and that holds no reading."""


def refuse_xml(root: _Element, accepted: str) -> UnreadableFile:
    """The refusal of an XML file that is no flow of readings, by the name that it gives itself."""
    name = local(root)
    if name in OTHER_FLOWS:
        return UnreadableFile(str(OTHER_FLOWS[name]))
    flow, label = _flow_of(root)
    flow = flow or ROOTS.get(name, "")
    if flow in FLOWS:
        return WithoutReadings(str(FLOWS[flow]))
    if flow:
        return WithoutReadings(
            _("Flux Enedis %(flow)s (« %(label)s ») : pas lu ici.", flow=flow, label=label)
            if label
            else _("Flux Enedis %(flow)s : pas encore lu.", flow=flow)
        )
    if name in ("error", "erreur", "fault", "Fault", "Error"):
        reason = listed(
            dict.fromkeys(filter(None, ((node.text or "").strip() for node in root.iter("*"))))
        )
        return _refused(reason)
    words = _(
        "Ce fichier XML (« %(root)s ») ne contient pas de relevés connus (%(accepted)s).",
        root=name,
        accepted=accepted,
    )
    return UnreadableFile(words)


def _flow_of(root: _Element) -> tuple[str, str]:
    """The name and the title of a flow, from its header."""
    for header in HEADERS:
        node = first(root, header)
        flow = text(node, "Identifiant_Flux|idFlux|identifiantFlux|flux")
        if flow:
            return flow[:10], text(node, "Libelle_Flux|libelle|libelleFlux")[:80]
    return "", ""


def error_of(content: Any) -> WithoutReadings | None:
    """The refusal that a service wrote in place of readings; nothing when it is none."""
    if isinstance(content, list) and len(content) == 1:
        content = content[0]
    if not isinstance(content, dict):
        return None
    has_status = str(content.get("status", content.get("code", "")))[:1] in ("4", "5")
    has_words = any(isinstance(content.get(key), str) for key in REASONS)
    if not (
        any(key in content for key in SIGNS) or (has_words and (has_status or "code" in content))
    ):
        return None
    return _refused(listed(dict.fromkeys(_reasons(content))))


def _refused(reason: str) -> WithoutReadings:
    if not reason:
        sentence = _(
            "Ce fichier est un message d’erreur du service, sans relevé, et n’en dit pas la "
            "raison. Redemandez les données plus tard."
        )
        return WithoutReadings(sentence)
    words = _(
        "Ce fichier est un message d’erreur du service, sans relevé : « %(reason)s ». "
        "Redemandez les données plus tard.",
        reason=reason[:MOST],
    )
    return WithoutReadings(words)


def _reasons(content: Any) -> Iterator[str]:
    """What an answer gives as reasons: its own words first, then those of what it passes on."""
    if isinstance(content, list):
        for one in content[:5]:
            yield from _reasons(one)
        return
    if isinstance(content, str):
        yield from filter(None, (" ".join(content.split()),))
        return
    if not isinstance(content, dict):
        return
    words = [content[key] for key in REASONS if isinstance(content.get(key), str)]
    bare = [" ".join(word.split()) for word in words]
    yield from filter(None, bare)
    inner = list(
        filter(None, (value for value in content.values() if isinstance(value, dict | list)))
    )
    told = False
    for value in inner:
        for reason in _reasons(value):
            told = True
            yield reason
    if not any(bare) and not told:
        named = content.get("error") or content.get("tag") or content.get("code")
        if isinstance(named, str | int):
            yield str(named)

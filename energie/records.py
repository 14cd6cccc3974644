"""The kinds of record of the module that have a card."""

from __future__ import annotations

from base.basics.i18n import _l, ngettext
from base.cards import card
from energie.models import DeliveryPoint, Invoice, Meter, ReadingBatch, Series

POINT = card(
    DeliveryPoint,
    plural=_l("Points de livraison"),
    counted=lambda n: ngettext("%(num)d point de livraison", "%(num)d points de livraison", n),
    icon="gauge",
    new=_l("Nouveau point de livraison"),
    change=_l("Modifier le point de livraison"),
    none=_l("Aucun point de livraison."),
    lists="reference name energy_kind asset category",
    record="reference energy_kind asset category subscribed_kva opened_on",
    cartouche="reference asset category subscribed_kva",
    add="asset energy_kind reference name category subscribed_kva opened_on",
    edit="name category subscribed_kva opened_on closed_on",
    order="reference name energy_kind category",
    words="reference name",
    identity="energy_kind reference",
    deletable="desk",
    opens="points.create_point",
    search=("dp", 30),
    found="name reference energy_kind",
    rest="delivery_point",
    rest_lists="reference_kind subscribed_kva opened_on closed_on timezone",
    menu="Delivery points",
    group={"category": "Measure"},
)
#: Read and made by programs; people see them on the page of their point.
METER = card(
    Meter,
    plural=_l("Compteurs"),
    counted=lambda n: ngettext("%(num)d compteur", "%(num)d compteurs", n),
    icon="gauge",
    lists="point asset serial_number kind parent_id installed_on removed_on",
    add="point serial_number installed_on",
    opens="points.put_in_meter",
    edit="removed_on",
    changes="points.change_meter",
    filters="point asset serial_number kind installed_on",
    order="serial_number installed_on",
    words="serial_number",
    deletable="",
    rest="meter",
    rest_record="install_index removal_index",
    rest_add="point_id serial_number installed_on",
)
SERIES = card(
    Series,
    plural=_l("Séries de relevés"),
    counted=lambda n: ngettext("%(num)d série de relevés", "%(num)d séries de relevés", n),
    icon="chart-line",
    lists="point quantity step unit register_code basis is_cumulative",
    filters="point quantity step unit",
    rest="series",
)
INVOICE = card(
    Invoice,
    plural=_l("Factures d’énergie"),
    counted=lambda n: ngettext("%(num)d facture", "%(num)d factures", n),
    icon="receipt",
    none=_l("Aucune facture ici. Importez une facture Factur-X, CII ou UBL."),
    lists="number supplier_name issued_on amount_ttc state waiting_reason point",
    more="start_on end_on amount_ht prepaid_eur payable_eur waiting_sentence decision replaces",
    record="supplier_name supplier_siret buyer_name label syntax profile",
    cartouche="number supplier_name issued_on amount_ttc",
    edit="point",
    filters="number supplier_name issued_on state waiting_reason point amount_ttc",
    order="number supplier_name issued_on amount_ttc state",
    words="number supplier_name",
    first="-issued_on",
    state="state",
    rest="invoice",
    rest_lists="type_code supplier_siret supplier_id due_on start_on end_on period_start period_end"
    " currency amount_ht vat_amount prepaid_eur payable_eur contract_reference waiting_sentence"
    " decision direction replaces replaces_id counted_by_id warnings",
    rest_filters="supplier_siret",
    rest_edit="",
    menu="Energy invoices",
    menu_word=_l("Factures"),
    group={"category": "Measure"},
)
BATCH = card(
    ReadingBatch,
    plural=_l("Relevés reçus"),
    counted=lambda n: ngettext("%(num)d fichier", "%(num)d fichiers", n),
    icon="file-import",
    none=_l("Aucun fichier de relevés."),
    lists="label received_at state reference_list inserted rejected",
    record="format reference_list digest applied_at",
    cartouche="received_at reference_list",
    filters="label state received_at",
    order="label received_at state",
    words="label reference_list",
    first="-id",
    state="state",
    rest="reading_batch",
    rest_lists="format applied_at identical superseded suspected empties notes digest",
    rest_filters="digest",
    menu="Reading files",
    group={"category": "Measure"},
)

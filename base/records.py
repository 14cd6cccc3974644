"""Kinds of record of the framework that have a card: authorities, departments, third parties."""

from __future__ import annotations

from base.basics.i18n import _l, ngettext
from base.cards import card
from base.store.models import Department, Entity, Partner

ENTITY = card(
    Entity,
    plural=_l("Entités"),
    counted=lambda n: ngettext("%(num)d entité", "%(num)d entités", n),
    icon="building-community",
    new=_l("Nouvelle entité"),
    change=_l("Modifier l’entité"),
    lists="code name insee siren",
    record="code name parent insee siren timezone phone",
    add="code name parent insee siren phone",
    filters="code name insee siren",
    order="code name",
    words="code name",
    first="name",
    deletable="",
    rest="entity",
    rest_lists="timezone",
    menu="Entities",
    group={"category": "Settings"},
)
SERVICE = card(
    Department,
    plural=_l("Services"),
    counted=lambda n: ngettext("%(num)d service", "%(num)d services", n),
    icon="sitemap",
    new=_l("Nouveau service"),
    change=_l("Modifier le service"),
    none=_l("Aucun service : les biens et les agents peuvent en avoir un."),
    lists="code name parent head_id",
    cartouche="code head_id",
    add="name code parent head_id",
    filters="code name parent",
    order="code name",
    words="code name",
    first="name",
    search=("sv", 80),
    found="name code",
    rest="service",
    rest_add="code name entity_id",
    rest_edit="code name",
    group={"category": "Settings"},
)
PARTNER = card(
    Partner,
    plural=_l("Fournisseurs et tiers"),
    counted=lambda n: ngettext("%(num)d tiers", "%(num)d tiers", n),
    icon="truck",
    new=_l("Nouveau tiers"),
    change=_l("Modifier le tiers"),
    lists="code name siret phone",
    record="code name siret vat_number email phone address",
    add="code name siret vat_number email phone address",
    filters="code name siret",
    order="code name siret",
    words="code name siret vat_number",
    first="name",
    search=("pa", 60),
    found="name code",
    rest="partner",
    rest_record="is_supplier",
    menu_word=_l("Fournisseurs"),
    group={"category": "Settings"},
)

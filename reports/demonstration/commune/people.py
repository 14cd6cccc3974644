"""Services, people, suppliers and stores of the commune; all of them invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from reports.demonstration.commune.ground import Ground, french, siret

#: Code, name.
SERVICES = (
    ("BAT", "Bâtiments"),
    ("VOI", "Voirie"),
    ("ESV", "Espaces verts"),
    ("GAR", "Garage"),
    ("ENE", "Énergie"),
    ("SPO", "Sports et fêtes"),
    ("SCO", "Affaires scolaires"),
    ("ADM", "Administration"),
    ("POL", "Police municipale"),
    ("FIN", "Finances"),
)
#: Code, name.
STORES = (
    ("CENTRAL", "Magasin central"),
    ("GARAGE", "Magasin du garage"),
    ("SERRES", "Magasin des serres"),
)


@dataclass(frozen=True)
class Account:
    """A ready-made person to sign in as."""

    username: str
    first_name: str
    last_name: str
    role: str
    #: What she or he does, for the list that the demonstration prints.
    duty: str
    agent: str = ""
    #: Audience of the first page when it is not that of the role.
    home: str = ""

    @property
    def name(self) -> str:
        """First name and name."""
        return f"{self.first_name} {self.last_name}"


#: Who signs in as what.
AGENT, HEAD, FLEET = "nadia.ferhat", "claire.vasseur", "yann.kerjean"
ENERGY, FINANCE = "elise.maurand", "pascal.thevenin"
ACCOUNTS = (
    Account(AGENT, "Nadia", "Ferhat", "Agent", "agent, chauffagiste", "0412"),
    Account(HEAD, "Claire", "Vasseur", "Responsable", "responsable d’atelier", "0400"),
    Account(FLEET, "Yann", "Kerjean", "Responsable", "gestionnaire du parc", "0440", "fleet"),
    Account(ENERGY, "Élise", "Maurand", "Énergie", "économe de flux"),
    Account(FINANCE, "Pascal", "Thévenin", "Finances", "finances"),
    Account("odile.brossard", "Odile", "Brossard", "Lecteur", "élue, lecture seule"),
    Account("hugo.delmas", "Hugo", "Delmas", "Admin", "administrateur"),
)
#: Number, first name, name, trade, service, hourly rate of the first year.
_AGENTS = (
    ("0400", "Claire", "Vasseur", "Responsable d’atelier", "Bâtiments", "38.20"),
    ("0412", "Nadia", "Ferhat", "Chauffagiste", "Bâtiments", "30.40"),
    ("0413", "Sofiane", "Belkacem", "Serrurier", "Bâtiments", "28.60"),
    ("0414", "Julien", "Marchetti", "Électricien", "Bâtiments", "30.10"),
    ("0415", "Hélène", "Prudhomme", "Peintre", "Bâtiments", "27.90"),
    ("0416", "Marc", "Le Goff", "Maçon", "Bâtiments", "28.30"),
    ("0417", "Thierry", "Aubertin", "Plombier", "Bâtiments", "29.80"),
    ("0418", "Rachid", "Ziani", "Menuisier", "Bâtiments", "29.20"),
    ("0430", "Gilles", "Pernot", "Chef d’équipe voirie", "Voirie", "32.10"),
    ("0431", "Loïc", "Hamonic", "Agent de voirie", "Voirie", "26.40"),
    ("0432", "Samuel", "Diarra", "Agent de voirie", "Voirie", "26.10"),
    ("0433", "Bruno", "Collinet", "Conducteur d’engins", "Voirie", "28.70"),
    ("0434", "Aurélie", "Jacquemin", "Électricienne, éclairage public", "Voirie", "29.60"),
    ("0440", "Yann", "Kerjean", "Chef de garage", "Garage", "33.40"),
    ("0441", "Mickaël", "Poirot", "Mécanicien", "Garage", "29.30"),
    ("0442", "Damien", "Salmon", "Mécanicien poids lourds", "Garage", "30.60"),
    ("0450", "Sylvie", "Garnerin", "Cheffe d’équipe espaces verts", "Espaces verts", "31.20"),
    ("0451", "Antoine", "Lefaure", "Jardinier", "Espaces verts", "25.90"),
    ("0452", "Maëva", "Robillard", "Jardinière", "Espaces verts", "25.70"),
    ("0453", "Karim", "Haddou", "Élagueur", "Espaces verts", "28.90"),
    ("0454", "Pierrick", "Noblet", "Jardinier", "Espaces verts", "25.90"),
    ("0455", "Chloé", "Destrez", "Jardinière", "Espaces verts", "25.70"),
    ("0460", "Fabrice", "Guénot", "Régisseur", "Sports et fêtes", "27.60"),
    ("0461", "Joël", "Matrat", "Gardien de gymnase", "Sports et fêtes", "25.20"),
    ("0470", "Isabelle", "Courtet", "Agente d’entretien", "Affaires scolaires", "24.80"),
    ("0471", "Véronique", "Aubry", "Agente d’entretien", "Affaires scolaires", "24.80"),
)
#: Yearly rise of the rates.
_RISE = Decimal("1.021")
SUPPLIERS = (
    "Thermique du Val",
    "Protec Aubre",
    "Électricité Marchal",
    "Serrurerie Baudier",
    "Peintures Colin & fils",
    "Maçonnerie du Barrois",
    "Vitrerie Lambelin",
    "Couverture Perrard",
    "Ascenseurs de Champagne",
    "Cuisines Pro Est",
    "Plomberie Grandjean",
    "Menuiseries Thomassin",
    "Garage Poncet",
    "Pneus Service Aubre",
    "Carrosserie Vignot",
    "Poids Lourds Diffusion",
    "Pépinières du Der",
    "Élagage Sylvestre",
    "Motoculture Humblot",
    "Aires de jeux Conseil",
    "Signalisation Est",
    "Enrobés de l’Aube",
    "Éclairage Public Services",
    "Assainissement Royer",
    "Contrôle Bâti",
    "Informatique du Barrois",
)
#: Suppliers of energy: name, energy kind, number for their SIRET.
ENERGY_SUPPLIERS = {
    "electricity": ("Énergie du Val", 701),
    "gas": ("Gaz des Plaines", 702),
    "water": ("Régie des eaux du Barrois", 703),
}


def supplier_rows() -> list[dict[str, Any]]:
    """The file of suppliers."""
    names = [(name, 100 + index * 7) for index, name in enumerate(SUPPLIERS)]
    names += list(ENERGY_SUPPLIERS.values())
    return [
        {
            "Code": f"F{number:04d}",
            "Nom": name,
            "SIRET": siret(stem),
            "Téléphone": f"03 25 00 {number % 90 + 10:02d} {number * 3 % 90 + 10:02d}",
            "Adresse": f"{number % 60 + 1} rue de l’Industrie, 10990 Saint-Maurin-sur-Aubre",
        }
        for number, (name, stem) in enumerate(names, start=1)
    ]


def agent_rows(ground: Ground) -> list[dict[str, Any]]:
    """The file of agents: one row for each dated rate."""
    accounts = {account.agent: account.username for account in ACCOUNTS if account.agent}
    rows = []
    for number, first, last, trade, service, rate in _AGENTS:
        value = Decimal(rate)
        for year in ground.years:
            rows.append(
                {
                    "Matricule": number,
                    "Nom": last,
                    "Prénom": first,
                    "Métier": trade,
                    "Service": service,
                    "Compte": accounts.get(number, ""),
                    "Taux horaire": str(value).replace(".", ","),
                    "Date d’effet": french(date(year, 1, 1)),
                }
            )
            value = (value * _RISE).quantize(Decimal("0.01"))
    return rows


def crew(service: str) -> list[str]:
    """Numbers of the agents of a service who do the work, heads left out."""
    found = [number for number, _f, _l, _t, of, _r in _AGENTS if of == service]
    return found[1:] if len(found) > 2 else found


def of_trade(word: str, service: str) -> list[str]:
    """Numbers of the agents whose trade has the word, else of the service."""
    found = [number for number, _f, _l, trade, _of, _r in _AGENTS if word and word in trade]
    return found or crew(service)


def head_of(service: str) -> str:
    """Who runs a service; the first of its agents."""
    return next(iter(team(service)), "")


def team(service: str) -> list[str]:
    """The names of the agents of a service."""
    return [f"{first} {last}" for _n, first, last, _t, of, _r in _AGENTS if of == service]


def workers(count: int) -> list[str]:
    """Numbers of agents who work outside, so that each service has some."""
    services = dict.fromkeys(of for _n, _f, _l, _t, of, _r in _AGENTS)
    crews = [crew(service) for service in services]
    turns = [of[place] for place in range(max(map(len, crews))) for of in crews if place < len(of)]
    return turns[:count]

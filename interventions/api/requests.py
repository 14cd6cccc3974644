"""``/api/v1/service_request``: what people ask for."""

from base.face.api.card_api import api_of
from interventions.records import REQUEST

ServiceRequestApi = api_of(REQUEST)

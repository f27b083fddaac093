"""The last service: Django under uWSGI, in one file."""
import logging
import secrets

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

import correlation_id

correlation_id.log_json()
log = logging.getLogger('ledger')
settings.configure(ALLOWED_HOSTS=['127.0.0.1'], LOGGING_CONFIG=None, ROOT_URLCONF=__name__, SECRET_KEY=secrets.token_hex())


def entry(request, order):
    log.info('entry asked', extra={'order': order})
    if order % 10 == 7:
        raise RuntimeError(f'no ledger for order {order}')  # Django logs it and answers 500
    return JsonResponse({'order': order, 'booked': True})


urlpatterns = [path('entries/<int:order>', entry)]
app = correlation_id.Middleware(get_wsgi_application())
log.info('started')

"""The second service: Flask under uWSGI."""
import logging
import os

from flask import Flask, jsonify

import correlation_id

correlation_id.log_json()
log = logging.getLogger('stock')
http = correlation_id.session()
app = Flask(__name__)
app.wsgi_app = correlation_id.Middleware(app.wsgi_app)
log.info('started')


@app.get('/stock/<int:order>')
def stock(order):
    log.info('stock asked', extra={'order': order})
    if order % 10 == 9:
        log.warning('sold out', extra={'order': order})
        return jsonify(order=order, error='sold out'), 404
    price = http.get(f"{os.environ['PRICE_URL']}/price/{order}", timeout=20)
    log.info('price answered', extra={'order': order, 'status': price.status_code})
    return price.json(), price.status_code

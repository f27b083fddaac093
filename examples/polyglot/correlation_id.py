"""The Correlation-Id in a Python service: extract it, stamp the log lines, send it on, return it."""
import contextvars
import datetime
import json
import logging
import os
import re
import sys
import uuid

import requests

HEADER = 'Correlation-Id'
# The rule of @corr: 1 to 128 of these characters; of a list the first member; anything else counts as absent.
ACCEPTABLE = re.compile(r'[A-Za-z0-9._~:/+=@#-]{1,128}')

current = contextvars.ContextVar('correlation_id', default=None)


def admit(value):
    first = (value or '').split(',')[0]
    return first if ACCEPTABLE.fullmatch(first) else str(uuid.uuid4())


class Middleware:
    """Wraps any WSGI application: Flask, Django, what you have."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        correlation_id = environ['HTTP_CORRELATION_ID'] = admit(environ.get('HTTP_CORRELATION_ID'))

        def start(status, headers, exc_info=None):
            others = [(name, value) for name, value in headers if name.lower() != HEADER.lower()]
            return start_response(status, others + [(HEADER, correlation_id)], exc_info)

        token = current.set(correlation_id)
        to_request_log(correlation_id)
        body = ()
        try:
            body = self.app(environ, start)
            yield from body  # within the ID, for what a streamed body logs
        finally:
            if hasattr(body, 'close'):
                body.close()
            current.reset(token)


class Adapter(requests.adapters.HTTPAdapter):
    def add_headers(self, request, **kwargs):
        if current.get() is not None:
            request.headers.setdefault(HEADER, current.get())


def session():
    """A requests session that sends the ID on."""
    made = requests.Session()
    made.mount('http://', Adapter())
    made.mount('https://', Adapter())
    return made


class JsonFormatter(logging.Formatter):
    STANDARD = vars(logging.makeLogRecord({})).keys()

    def format(self, record):
        extra = {name: value for name, value in vars(record).items() if name not in self.STANDARD}
        time = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc).isoformat(timespec='milliseconds')
        line = {'level': record.levelname, 'time': time, 'correlation_id': current.get() or 'Internal'}
        line.update(extra, msg=record.getMessage())
        if record.exc_info:
            line['err'] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_json():
    """Every line of every logger is JSON with the ID; in LOG_FILE, since uWSGI has its own say on standard output."""
    handler = logging.FileHandler(os.environ['LOG_FILE']) if 'LOG_FILE' in os.environ else logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    logging.getLogger('urllib3').setLevel(logging.WARNING)


def to_request_log(correlation_id):
    """%(correlation_id) in uWSGI's log-format; under another server there is no such module."""
    try:
        import uwsgi
    except ImportError:
        return
    uwsgi.set_logvar('correlation_id', correlation_id)

"""The Correlation-Id in a Python service: extract it, stamp log lines, send it on, return it; with CORR_HOPS=true also hops."""
import contextvars
import datetime
import json
import logging
import os
import random
import re
import sys
import time
import urllib.parse
import uuid

import requests

HEADER = 'Correlation-Id'
# An acceptable ID has 1 to 128 of these characters. Of a list, the first member counts. Anything else counts as absent.
ACCEPTABLE = re.compile(r'[A-Za-z0-9._~:/+=@#-]{1,128}')

current = contextvars.ContextVar('correlation_id', default=None)
current_hop = contextvars.ContextVar('hop', default=None)
log = logging.getLogger('correlation_id')

HOPS = os.environ.get('CORR_HOPS', '').lower() in ('true', '1')
MEMBER = 'correlation.hop'
# docs/hops.md defines the format of a number and its limits.
CALL = re.compile(r'[0-9a-z]{1,16}(?:\.(?:[0-9]{1,9}(?:-[0-9a-z]{1,8})?|-))*\.[0-9]{1,9}')
LONGEST = 96
DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'


def admit(value):
    first = (value or '').split(',')[0]
    return first if ACCEPTABLE.fullmatch(first) else str(uuid.uuid4())


class Hop:
    """One request handled by this service: its number, and the numbers of its calls."""

    def __init__(self, call=None):
        entry = ''.join(random.choice(DIGITS) for _ in range(3 if call else 4))
        self.number = f'{call}-{entry}' if call else entry
        self.calls = 0

    def next_call(self):
        self.calls += 1
        number = f'{self.number}.{self.calls}'
        if len(number) > LONGEST - 6:  # a mark replaces whole parts in the middle
            parts = number.split('.')
            head, tail = parts[:3], parts[3:]
            while len(tail) > 1 and len('.'.join([*head, '-', *tail])) > LONGEST - 6:
                tail.pop(0)
            number = '.'.join([*head, '-', *tail])
        return number


def hash_of(correlation_id):
    """FNV-1a with 32 bits, modulo 36^4, in base 36: it binds a number to its ID."""
    value = 0x811C9DC5
    for byte in correlation_id.encode('latin-1'):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    value %= 36**4
    return ''.join(DIGITS[value // 36**place % 36] for place in (3, 2, 1, 0))


def members_of(baggage):
    return [(member.split('=', 1)[0].strip(), member) for member in (baggage or '').split(',') if member.strip()]


def call_in(baggage, correlation_id):
    """The number of the call in a baggage header; None if there is none, or if it belongs to another ID."""
    values = [member.split('=', 1)[-1].split(';')[0].strip() for name, member in members_of(baggage) if name == MEMBER]
    value = urllib.parse.unquote(values[0]) if values else ''
    call, dots, bond = value.rpartition('..')
    known = len(value) <= LONGEST and dots and bond == hash_of(correlation_id) and CALL.fullmatch(call)
    return call if known else None


def with_call(baggage, call, correlation_id):
    """A baggage header with our two members once; other members stay."""
    others = [member for name, member in members_of(baggage) if name not in (MEMBER, 'correlation.id')]
    ours = [f'correlation.id={urllib.parse.quote(correlation_id, safe="")}', f'{MEMBER}={call}..{hash_of(correlation_id)}']
    return ','.join(others + ours)


def record(message, start, failed, **fields):
    """Logs that a request or call is complete: the start in epoch milliseconds, durations in milliseconds."""
    duration = (time.perf_counter() - start) * 1000
    fields.update(start=round(time.time() * 1000 - duration, 3), responseTime=round(duration, 3))
    log.log(logging.WARNING if failed else logging.INFO, message, extra=fields)


class Middleware:
    """Wraps any WSGI application, such as Flask or Django."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        correlation_id = environ['HTTP_CORRELATION_ID'] = admit(environ.get('HTTP_CORRELATION_ID'))

        hop = Hop(call_in(environ.get('HTTP_BAGGAGE'), correlation_id)) if HOPS else None
        began, answered = time.perf_counter(), []

        def start(status, headers, exc_info=None):
            answered[:] = [int(status.split(' ', 1)[0])]
            others = [(name, value) for name, value in headers if name.lower() != HEADER.lower()]
            return start_response(status, others + [(HEADER, correlation_id)], exc_info)

        token, hop_token = current.set(correlation_id), current_hop.set(hop)
        to_request_log(correlation_id)
        body = ()
        through = False
        try:
            body = self.app(environ, start)
            yield from body  # inside the context, because a streamed body may log
            through = True
        finally:
            if hasattr(body, 'close'):
                body.close()
            if hop is not None:
                request = {'method': environ['REQUEST_METHOD'], 'url': environ.get('PATH_INFO') or '/'}
                response = {'res': {'statusCode': answered[0]}} if answered else {}
                failed = not through or not answered or answered[0] >= 500
                record('request completed' if through else 'request aborted', began, failed, req=request, **response)
            current_hop.reset(hop_token)
            current.reset(token)


class Adapter(requests.adapters.HTTPAdapter):
    def add_headers(self, request, **kwargs):
        if current.get() is not None:
            request.headers.setdefault(HEADER, current.get())

    def send(self, request, stream=False, **kwargs):
        """Also called for each redirect, with the headers of the first request."""
        hop, correlation_id = current_hop.get(), current.get()
        if hop is None or request.headers.get(HEADER, correlation_id) != correlation_id:
            return super().send(request, stream=stream, **kwargs)
        call, began = hop.next_call(), time.perf_counter()
        request.headers['baggage'] = with_call(request.headers.get('baggage'), call, correlation_id)
        url = urllib.parse.urlsplit(request.url)
        about = {'call': call, 'req': {'method': request.method, 'host': url.netloc.rpartition('@')[2], 'url': url.path or '/'}}
        try:
            response = super().send(request, stream=stream, **kwargs)
            about['res'] = {'statusCode': response.status_code}
            about['firstByte'] = round((time.perf_counter() - began) * 1000, 3)
            if not stream:
                response.content  # read here, so that the call ends after its body
        except Exception as error:
            record('call failed', began, True, err={'type': type(error).__name__, 'message': str(error)}, **about)
            raise
        record('call completed', began, response.status_code >= 500, **about)
        return response


def session():
    """A requests session that sends the ID."""
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
        if current_hop.get() is not None:
            line['hop'] = current_hop.get().number
        line.update(extra, msg=record.getMessage())
        if record.exc_info:
            line['err'] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_json():
    """Makes every line of every logger JSON with the ID, in LOG_FILE, because uWSGI writes to standard output itself."""
    handler = logging.FileHandler(os.environ['LOG_FILE']) if 'LOG_FILE' in os.environ else logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    logging.getLogger('urllib3').setLevel(logging.WARNING)


def to_request_log(correlation_id):
    """Sets %(correlation_id) for uWSGI's log-format; other servers do not have this module."""
    try:
        import uwsgi
    except ImportError:
        return
    uwsgi.set_logvar('correlation_id', correlation_id)

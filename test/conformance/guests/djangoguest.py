"""The guest's application in Django, in one file."""

import hashlib
import time

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=['*'],
    MIDDLEWARE=['django.middleware.common.CommonMiddleware'],
    DATA_UPLOAD_MAX_MEMORY_SIZE=None,
    LOGGING_CONFIG=None,
    ROOT_URLCONF=__name__,
    SECRET_KEY='of a test',
)
BINARY = bytes(i % 256 for i in range(300_000))
LOG = {'left': 0}
PLAIN = 'text/plain; charset=utf-8'


def env(request):
    names = ('HTTP_HOST', 'HTTP_X_TEST', 'HTTP_COOKIE')
    host, test, cookie = (request.META.get(name) for name in names)
    query = request.META['QUERY_STRING']
    return JsonResponse({'method': request.method, 'query': query, 'host': host, 'test': test, 'cookie': cookie})


def body(request):
    data = request.body
    kind = request.META.get('CONTENT_TYPE') or None
    return JsonResponse({'length': len(data), 'sha256': hashlib.sha256(data).hexdigest(), 'type': kind})


def cookies(request):
    response = HttpResponse('cookies', PLAIN)
    response.cookies.load('a=1; Path=/')
    response.cookies['b'] = '2'
    response.cookies['b']['expires'] = 'Wed, 21 Oct 2037 07:28:00 GMT'
    return response


def fail(request):
    raise RuntimeError('secret')


def failing():
    yield 'begun'
    time.sleep(0.05)
    raise RuntimeError('secret')


def forever():
    try:
        for _ in range(500):
            yield 'x' * 1000
            time.sleep(0.02)
    finally:
        LOG['left'] += 1


urlpatterns = [
    path('env', env),
    path('body', body),
    path('unread', lambda request: HttpResponse('did not look', PLAIN)),
    path('text', lambda request: HttpResponse('one ñ two', PLAIN)),
    path('stream', lambda request: StreamingHttpResponse(iter(['a', 'bñ']), content_type=PLAIN)),
    path('binary', lambda request: HttpResponse(BINARY, 'application/octet-stream')),
    path('teapot', lambda request: HttpResponse('short and stout', PLAIN, 418)),
    path('nothing', lambda request: HttpResponse(status=204)),
    path('cookies', cookies),
    path('old', lambda request: HttpResponseRedirect('/text')),
    path('fail', fail),
    path('cut', lambda request: StreamingHttpResponse(failing(), content_type=PLAIN)),
    path('endless', lambda request: StreamingHttpResponse(forever(), content_type=PLAIN)),
    path('log', lambda request: JsonResponse(LOG)),
]

application = get_wsgi_application()

"""The applications that every contender serves: the classic hello of each framework, and what moves octets."""

import os

PLAIN = ('Content-Type', 'text/plain; charset=utf-8')
HELLO = b'Hello, World!\n'
BIG = b'x' * (1 << 20)


def bare(environ, start_response):
    start_response('200 OK', [PLAIN, ('Content-Length', str(len(HELLO)))])
    return [HELLO]


def stream(environ, start_response):
    start_response('200 OK', [PLAIN])
    return (b'block %5d %s\n' % (number, b'.' * 1000) for number in range(20))


def upload(environ, start_response):
    length = len(environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0)))
    body = b'%d\n' % length
    start_response('200 OK', [PLAIN, ('Content-Length', str(len(body)))])
    return [body]


def download(environ, start_response):
    start_response('200 OK', [PLAIN, ('Content-Length', str(len(BIG)))])
    return [BIG]


def make_flask():
    from flask import Flask

    app = Flask(__name__)

    @app.get('/')
    def hello():
        return 'Hello, World!\n'

    return app


def make_django():
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.urls import path

    def hello(request):
        return HttpResponse('Hello, World!\n')

    settings.configure(
        ALLOWED_HOSTS=['*'], SECRET_KEY='bench', ROOT_URLCONF=type('urls', (), {'urlpatterns': [path('', hello)]}),
        MIDDLEWARE=['django.middleware.security.SecurityMiddleware', 'django.middleware.common.CommonMiddleware'],
    )  # fmt: skip
    return get_wsgi_application()


def make_pyramid():
    from pyramid.config import Configurator
    from pyramid.response import Response

    with Configurator() as config:
        config.add_route('hello', '/')
        config.add_view(lambda request: Response('Hello, World!\n'), route_name='hello')
        return config.make_wsgi_app()


CHOICES = {'flask': make_flask, 'django': make_django, 'pyramid': make_pyramid}
name = os.environ.get('BENCH_APP', 'bare')
application = CHOICES[name]() if name in CHOICES else globals()[name]

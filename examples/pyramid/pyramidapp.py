"""The classic hello of Pyramid: `tsgi serve pyramidapp:application`."""

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.response import Response


def hello(request):
    return Response('Hello, World!')


def hello_name(request):
    return {'hello': request.matchdict['name'], 'query': dict(request.params)}


def echo(request):
    return Response(request.body, content_type=request.content_type or 'text/plain')


def old(request):
    response = HTTPFound('/')
    response.set_cookie('seen', 'old', httponly=True)
    return response


def stream(request):
    lines = ('line %d\n' % number for number in range(5))
    return Response(app_iter=(line.encode() for line in lines), content_type='text/plain')


def fails(request):
    raise RuntimeError('this is for the log')


def make_application():
    with Configurator() as config:
        routes = [
            (hello, '/', 'GET', None),
            (hello_name, '/hello/{name}', 'GET', 'json'),
            (echo, '/echo', 'POST', None),
            (old, '/old', 'GET', None),
            (stream, '/stream', 'GET', None),
            (fails, '/fails', 'GET', None),
        ]
        for view, pattern, method, renderer in routes:
            config.add_route(view.__name__, pattern)
            config.add_view(view, route_name=view.__name__, request_method=method, renderer=renderer)
        return config.make_wsgi_app()


application = make_application()

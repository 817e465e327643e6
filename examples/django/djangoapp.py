"""The classic hello of Django, in one file: `tsgi serve djangoapp:application`."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

settings.configure(
    ALLOWED_HOSTS=['*'],
    MIDDLEWARE=['django.middleware.security.SecurityMiddleware', 'django.middleware.common.CommonMiddleware'],
    ROOT_URLCONF=__name__,
    SECRET_KEY='an example has no secrets',
)


def hello(request):
    return HttpResponse('Hello, World!')


def hello_name(request, name):
    return JsonResponse({'hello': name, 'query': request.GET.dict()})


@csrf_exempt
def echo(request):
    return HttpResponse(request.body, content_type=request.headers.get('Content-Type', 'text/plain'))


def old(request):
    response = HttpResponseRedirect('/')
    response.set_cookie('seen', 'old', httponly=True)
    return response


def stream(request):
    return StreamingHttpResponse(('line %d\n' % number for number in range(5)), content_type='text/plain')


def fails(request):
    raise RuntimeError('this is for the log')


urlpatterns = [
    path('', hello),
    path('hello/<name>', hello_name),
    path('echo', echo),
    path('old', old),
    path('stream', stream),
    path('fails', fails),
]

application = get_wsgi_application()

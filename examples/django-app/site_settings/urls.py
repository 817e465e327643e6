"""The admin, and one public page."""

from django.contrib import admin
from django.urls import path
from library.views import books

urlpatterns = [path('', books), path('admin/', admin.site.urls)]

from django.http import HttpResponse
from django.utils.html import format_html, format_html_join

from .models import Book


def books(request):
    items = format_html_join('', '<li>{}</li>', ((book.title,) for book in Book.objects.order_by('title')))
    return HttpResponse(format_html('<!doctype html><title>Books</title><h1>Books</h1><ul>{}</ul>', items))

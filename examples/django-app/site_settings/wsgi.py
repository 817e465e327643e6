"""What a server is given: `tsgi serve site_settings.wsgi:application`, seen from the folder of manage.py."""

import os

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_settings.settings')

# The style sheets of the admin, from where they are installed. A site of size collects them (`collectstatic`).
application = StaticFilesHandler(get_wsgi_application())

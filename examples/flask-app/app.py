"""A larger Flask site, as its documentation builds them: `tsgi serve "app:create_app()"`."""

import os

from flask import Flask, render_template

from notes.views import notes


def create_app(upload_folder=None):
    app = Flask(__name__, template_folder='notes/templates')
    app.config['SECRET_KEY'] = os.environ.get('SECRET_KEY', 'an example has no secrets')
    app.config['UPLOAD_FOLDER'] = upload_folder or os.environ.get('UPLOAD_FOLDER', 'uploads')
    app.config['MAX_CONTENT_LENGTH'] = 4 * 1024 * 1024
    app.register_blueprint(notes)

    @app.errorhandler(404)
    def missing(error):
        return render_template('notes/error.html', title='There is no such page'), 404

    @app.errorhandler(413)
    def too_large(error):
        return render_template('notes/error.html', title='That file is too large'), 413

    return app

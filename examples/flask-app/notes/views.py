"""Notes that one visitor keeps in a session, and files for everyone."""

import os

from flask import (
    Blueprint, current_app, flash, get_flashed_messages, redirect, render_template, request, send_from_directory,
    session, url_for,
)  # fmt: skip
from werkzeug.utils import secure_filename

notes = Blueprint('notes', __name__)


@notes.get('/')
def index():
    return render_template(
        'notes/index.html', notes=session.get('notes', []), files=files(), messages=get_flashed_messages()
    )


@notes.post('/notes')
def add():
    text = request.form.get('text', '').strip()
    if not text:
        flash('A note needs a text.')
    else:
        session['notes'] = session.get('notes', []) + [text]
        flash('The note is kept.')
    return redirect(url_for('notes.index'), 303)


@notes.post('/files')
def upload():
    file = request.files.get('file')
    name = secure_filename(file.filename) if file else ''
    if not name:
        flash('Choose a file first.')
    else:
        os.makedirs(current_app.config['UPLOAD_FOLDER'], exist_ok=True)
        file.save(os.path.join(current_app.config['UPLOAD_FOLDER'], name))
        flash('%s is uploaded.' % name)
    return redirect(url_for('notes.index'), 303)


@notes.get('/files/<name>')
def download(name):
    return send_from_directory(os.path.abspath(current_app.config['UPLOAD_FOLDER']), name)


def files():
    folder = current_app.config['UPLOAD_FOLDER']
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

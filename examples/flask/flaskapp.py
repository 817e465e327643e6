"""The classic hello of Flask: `tsgi serve flaskapp:app`."""

from flask import Flask, jsonify, redirect, request, url_for

app = Flask(__name__)


@app.get('/')
def hello():
    return 'Hello, World!'


@app.get('/hello/<name>')
def hello_name(name):
    return jsonify(hello=name, query=request.args)


@app.post('/echo')
def echo():
    return request.get_data(), 200, {'Content-Type': request.headers.get('Content-Type', 'text/plain')}


@app.get('/old')
def old():
    response = redirect(url_for('hello'))
    response.set_cookie('seen', 'old', httponly=True)
    return response


@app.get('/stream')
def stream():
    return app.response_class(('line %d\n' % number for number in range(5)), mimetype='text/plain')


@app.get('/fails')
def fails():
    raise RuntimeError('this is for the log')

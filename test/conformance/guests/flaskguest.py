"""The guest's application in Flask."""

import hashlib
import time

from flask import Flask, Response, jsonify, redirect, request

application = Flask(__name__)
BINARY = bytes(i % 256 for i in range(300_000))
LOG = {'left': 0}


@application.get('/env')
def env():
    names = ('Host', 'X-Test', 'Cookie')
    host, test, cookie = (request.headers.get(name) for name in names)
    query = request.environ['QUERY_STRING']
    return jsonify(method=request.method, query=query, host=host, test=test, cookie=cookie)


@application.post('/body')
def body():
    data = request.get_data()
    return jsonify(length=len(data), sha256=hashlib.sha256(data).hexdigest(), type=request.headers.get('Content-Type'))


@application.post('/unread')
def unread():
    return Response('did not look', mimetype='text/plain')


@application.get('/text')
def text():
    return Response('one ñ two', mimetype='text/plain')


@application.get('/stream')
def stream():
    return Response(iter(['a', 'bñ']), mimetype='text/plain')


@application.get('/binary')
def binary():
    return Response(BINARY, mimetype='application/octet-stream')


@application.get('/teapot')
def teapot():
    return Response('short and stout', status=418, mimetype='text/plain')


@application.get('/nothing')
def nothing():
    return '', 204


@application.get('/cookies')
def cookies():
    response = Response('cookies', mimetype='text/plain')
    response.headers.add('Set-Cookie', 'a=1; Path=/')
    response.headers.add('Set-Cookie', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT')
    return response


@application.get('/old')
def old():
    return redirect('/text')


@application.get('/fail')
def fail():
    raise RuntimeError('secret')


@application.get('/cut')
def cut():
    def failing():
        yield 'begun'
        time.sleep(0.05)
        raise RuntimeError('secret')

    return Response(failing(), mimetype='text/plain')


@application.get('/endless')
def endless():
    def forever():
        try:
            for _ in range(500):
                yield 'x' * 1000
                time.sleep(0.02)
        finally:
            LOG['left'] += 1

    return Response(forever(), mimetype='text/plain')


@application.get('/log')
def log():
    return jsonify(LOG)

"""Stands for the application that you have. It needs no change, except that it must not call run()."""

from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/orders/<order>")
def show_order(order):
    return jsonify(order=order, source="Flask")

"""One typed Python API for every solar inverter, home battery, EV charger and electricity retailer."""

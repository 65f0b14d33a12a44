"""What a household knows of its surroundings: prices, calendars, people, sun and weather.

settings.py   where data comes from: the list ``sources:`` of a household file, checked
reading.py    the files behind the settings, read and understood once
tariffs/      prices of electricity, one module for each form
tables.py     values over time as CSV
calendars.py  quiet hours and routines as iCalendar
occupancy.py  who is at home and who sleeps, from habits and from what devices say
weather.py    expected power of the sun, and temperature
sun.py        sunrise and sunset
fetch.py      day-ahead prices over HTTP
snapshot.py   all of it as one immutable value
"""

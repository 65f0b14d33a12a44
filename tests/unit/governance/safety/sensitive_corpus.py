"""Texts with what is sensitive in them, and texts that only look like it. All of it is made up.

Keys are put together from parts, so that nobody who searches this repository for keys finds one.
"""

from __future__ import annotations

_L = "QZ3R7TPLM5XW2KVD"
_MIX = "b7Qm2ZkX9vLw4Rt8Yc1Hn6Pd3Sf5Gj0KaUeT"
_HEX = "9f3a1c5e7b2d4860a1c3e5f7092b4d6f"
_JWT = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    ".eyJzdWIiOiI0NzExIiwibmFtZSI6IkdyZXRhIn0"
    ".Qm9uam91ckxlTW9uZGVDb21tZW50Q2FWYQ"
)
_PEM = (
    "-----BEGIN {0}PRIVATE KEY-----\nMIIBVgIBADANBgkqhkiG9w0BAQEFAASC\n-----END {0}PRIVATE KEY-----"
)

FOUND: tuple[tuple[str, str, str], ...] = (
    # --- e-mail
    ("email", "ask greta.thunder@example.org today", "greta.thunder@example.org"),
    ("email", "<g+news@mail.example.co.uk>", "g+news@mail.example.co.uk"),
    ("email", "cc: o'neill_3%x@ex-ample.museum;", "o'neill_3%x@ex-ample.museum"),
    ("email", "mailto:jürgen@müller.example", "jürgen@müller.example"),
    ("email", "Write to a@b.example.", "a@b.example"),
    # --- phone
    ("phone", "call +49 30 901820 now", "+49 30 901820"),
    ("phone", "call +1 (415) 555-2671", "+1 (415) 555-2671"),
    ("phone", "tel:+442071838750", "+442071838750"),
    ("phone", "0033 1 42 68 53 00 à Paris", "0033 1 42 68 53 00"),
    ("phone", "+33.6.12.34.56.78", "+33.6.12.34.56.78"),
    # --- IBAN
    ("iban", "pay DE89 3704 0044 0532 0130 00 by Friday", "DE89 3704 0044 0532 0130 00"),
    ("iban", "GB29NWBK60161331926819", "GB29NWBK60161331926819"),
    ("iban", "iban=fr1420041010050500013m02606", "fr1420041010050500013m02606"),
    ("iban", "NL91-ABNA-0417-1643-00.", "NL91-ABNA-0417-1643-00"),
    ("iban", "NO93 8601 1117 947 and more", "NO93 8601 1117 947"),
    # --- cards
    ("card", "card 4111 1111 1111 1111 exp 12/29", "4111 1111 1111 1111"),
    ("card", "5555555555554444", "5555555555554444"),
    ("card", "3782-822463-10005", "3782-822463-10005"),
    ("card", "6011 0009 9013 9424.", "6011 0009 9013 9424"),
    ("card", "3530111333300000", "3530111333300000"),
    ("card", "2223003122003222", "2223003122003222"),
    ("card", "3056 930902 5904", "3056 930902 5904"),
    # --- national identity numbers
    ("national_id", "DNI 12345678Z", "12345678Z"),
    ("national_id", "NIE X1234567L", "X1234567L"),
    ("national_id", "NIR 2 55 08 14 168 025 38", "2 55 08 14 168 025 38"),
    ("national_id", "CF RSSMRA85T10A562S", "RSSMRA85T10A562S"),
    ("national_id", "SSN 078-05-1120", "078-05-1120"),
    ("national_id", "AHV 756.9217.0769.85", "756.9217.0769.85"),
    ("national_id", "personnummer 811228-9874", "811228-9874"),
    ("national_id", "hetu 131052-308T", "131052-308T"),
    ("national_id", "CPF 111.444.777-35", "111.444.777-35"),
    ("national_id", "ID 11010519491231002X", "11010519491231002X"),
    ("national_id", "Steuer-ID: 86095742719", "86095742719"),
    ("national_id", "PESEL 44051401359", "44051401359"),
    ("national_id", "BSN: 111222333", "111222333"),
    ("national_id", "NI AB 12 34 56 C", "AB 12 34 56 C"),
    ("national_id", "rijksregister 85.07.30-033.28", "85.07.30-033.28"),
    # --- keys and tokens
    ("private_key", f"x {_PEM.format('')} y", _PEM.format("")),
    ("private_key", _PEM.format("RSA "), _PEM.format("RSA ")),
    ("private_key", _PEM.format("OPENSSH "), _PEM.format("OPENSSH ")),
    ("private_key", "-----BEGIN EC PRIVATE KEY-----\nMHcC", "-----BEGIN EC PRIVATE KEY-----\nMHcC"),
    ("jwt", f"token {_JWT} end", _JWT),
    ("api_key", f"AKIA{_L} is it", f"AKIA{_L}"),
    ("api_key", f"ASIA{_L}", f"ASIA{_L}"),
    ("api_key", f"use ghp_{_MIX}.", f"ghp_{_MIX}"),
    ("api_key", f"github_pat_{_MIX[:22]}_{_MIX}", f"github_pat_{_MIX[:22]}_{_MIX}"),
    ("api_key", f"glpat-{_MIX[:20]}", f"glpat-{_MIX[:20]}"),
    ("api_key", f"xoxb-2345678901-{_MIX[:24]}", f"xoxb-2345678901-{_MIX[:24]}"),
    ("api_key", f"sk_live_{_MIX[:24]}", f"sk_live_{_MIX[:24]}"),
    ("api_key", f"sk-ant-api03-{_MIX}", f"sk-ant-api03-{_MIX}"),
    ("api_key", f"sk-proj-{_MIX}", f"sk-proj-{_MIX}"),
    ("api_key", f"AIza{_MIX[:35]}", f"AIza{_MIX[:35]}"),
    ("api_key", f"npm_{_MIX}", f"npm_{_MIX}"),
    ("api_key", f"hf_{_MIX}", f"hf_{_MIX}"),
    ("api_key", f"SG.{_MIX[:22]}.{_MIX}{_MIX[:7]}", f"SG.{_MIX[:22]}.{_MIX}{_MIX[:7]}"),
    ("api_key", f"AC{_HEX}", f"AC{_HEX}"),
    ("api_key", f"Authorization: Bearer {_MIX}", _MIX),
    (
        "api_key",
        "https://hooks.slack.com/services/T0AB1CD2E/B0FG3HI4J/abcDEF123ghiJKL456mnoPQR",
        "T0AB1CD2E/B0FG3HI4J/abcDEF123ghiJKL456mnoPQR",
    ),
    # --- passwords
    ("password", "DB_PASSWORD=correct7horse", "correct7horse"),
    ("password", 'password = "hunter2"', "hunter2"),
    ("password", "pwd: Tr0ub4dor&3", "Tr0ub4dor"),
    ("password", '{"client_secret": "9aF3-kk2L-pq8Z"}', "9aF3-kk2L-pq8Z"),
    ("password", f"aws_secret_access_key = {_MIX}/+ab", f"{_MIX}/+ab"),
    ("password", f"API_KEY='{_HEX}'", _HEX),
    ("password", f"accessToken: {_MIX[:20]}", _MIX[:20]),
    ("password", "postgres://tarl:s3cr3tpw@db.example/x", "s3cr3tpw"),
    ("password", f"encryption-key: {_MIX}", _MIX),
    ("password", f"sharedKey={_MIX}", _MIX),
    ("password", "passwort: Sommer2026!", "Sommer2026!"),
    ("api_key", "Authorization: Basic dGFybDpodW50ZXIy", "dGFybDpodW50ZXIy"),
)
"""Class, text, and what is found in it."""

CLEAN: tuple[str, ...] = (
    "run 550e8400-e29b-41d4-a716-446655440000 ended",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "ISBN 978-3-16-148410-0 and 9783161484100",
    "version 1.2.3-rc.1+20261121 of 2026-11-21T22:50:00.000+01:00",
    "10.0.0.1, 192.168.178.255/24 and fe80::1ff:fe23:4567:890a",
    "from 2026-11-21 to 2027-01-31, at 22:50:01.123456",
    "1700000000000 ms, 20261121225001, 1234567890123456789",
    "tracking 4111 1111 1111 1112 fails its check digit",
    "DE88 3704 0044 0532 0130 00 fails its check digits",
    "EAN 4006381333931, IMEI 490154203237518",
    "pip install requests@2.31.0, npm i left-pad@1.3.0",
    "git@github.com:tarl/tarl.git",
    "@dataclass and @app.route('/x')",
    "image@2x.png",
    "user@localhost",
    "max_tokens: 4096, token_count = 1234567, tokens=12",
    "password: required, and secret: string",
    'password = os.environ["DB_PASSWORD"]',
    "token = tokenizer.encode(text)",
    "secret = get_secret(name)",
    "api_key=${API_KEY}",
    "password=********",
    "password = None",
    "passwordHash is stored, passwords are not",
    "primary_key: user_identifier_of_the_customer",
    "key = 550e8400-e29b-41d4-a716-446655440000",
    "cache_key: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "https://example.org:8443/path?x=1#y",
    "http://localhost:3000/@scope/pkg",
    "x = +1.5 and +12, from -40 to +40 degrees",
    "coordinates +52.520008, +13.404954",
    "call 12345678A? its letter is wrong",
    "000-12-3456 and 666-12-3456 and 900-12-3456 were never given out",
    "part number AB123456C",
    "11 digits 44051401359 that nobody called anything",
    "the bearer of good news",
    "Bearer token",
    "eyJust a word. And another. And a third",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "sk-learn and sk_test are names; ghp_ too",
    "AKIA is how they begin",
    "room 4-12-3, table 7, chapter 3.2.1, §12.4",
    "Order 4711-0815-2026 of 12.05.2026 for 1.234,56 EUR",
    "SHA-1: da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "arn:aws:s3:::bucket/key-2026/11/21",
    "base64: aGVsbG8gd29ybGQsIHRoaXMgaXMgZmluZQ==",
    "Zoë, Пётр and 李雷 met at 10:30",
    "2^53 = 9007199254740992, pi = 3.141592653589793238",
)
"""Texts in which nothing is to be found."""

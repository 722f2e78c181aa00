"""The measuring stick of B4: what a school's script does with Python's own library. usage: libraries.py PORT MESSAGES"""
import smtplib
import sys
from email.message import EmailMessage

BODY = "Dear parent, the following work by your child is missing and due.\n" * 27

with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as server:
    for number in range(int(sys.argv[2])):
        mail = EmailMessage()
        mail["From"] = "office@school.example"
        mail["To"] = f"u{number}@example.org"
        mail["Subject"] = f"message {number}"
        mail["Message-ID"] = f"<{number}@bench.example>"
        mail.set_content(BODY)
        server.send_message(mail)

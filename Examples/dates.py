#!/usr/bin/env python3
"""Writes dates as people write them, and as machines do, for learning to read dates.

    dates.py FOLDER
"""
import datetime
import os
import random
import sys

if len(sys.argv) != 2:
    sys.exit(__doc__)
folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
random.seed(1)
forms = ["%d %B %Y", "%B %d, %Y", "%A %d %B %Y", "%d/%m/%Y", "%d %b %y", "%A, %B %d, %Y"]
first = datetime.date(1960, 1, 1)
days = random.sample(range(80 * 365), 11000)
parts = {"train": days[:10000], "valid": days[10000:10500], "test": days[10500:]}
for part, numbers in parts.items():
    with open(f"{folder}/{part}.source", "w") as source, open(f"{folder}/{part}.target", "w") as target:
        for number in numbers:
            date = first + datetime.timedelta(number)
            source.write(date.strftime(random.choice(forms)).lower() + "\n")
            target.write(date.strftime("%Y-%m-%d") + "\n")

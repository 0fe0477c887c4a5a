"""The shortest way: simple.py PICTURE "what to extract" FOLDER"""

import sys

import delaminate

picture, instruction, folder = sys.argv[1:]
result = delaminate.split(picture, instruction)
delaminate.save(result, folder)
for layer in result.stack.layers:
    print(f"{layer.name}: {layer.role}, {layer.box.as_tuple()}")

# a text

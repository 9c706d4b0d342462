"""What lies in an audio file, before anything is decoded: its parts, and how long each of them claims to be.

Headers lie: a recorder crashed before it wrote the size, an encoder did not count, two files were joined, a transfer
broke off. Players read such files to their end; a decoder that believes the header loses the rest without a word. Here
the header is held against the bytes that are there; each part comes back with one that is true.
"""

"""Rows of challenge part files as plain objects."""

from types import SimpleNamespace


def read_user(fields):
    return SimpleNamespace(
        id=fields[0].upper(),
        followers=int(fields[1]),
        following=int(fields[2]),
        is_verified=fields[3] == "true",
        created=int(fields[4]),
    )


def read_list(field):
    return field.split("\t") if field else []


def read_rows(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            f = line.rstrip("\n").split("\x01")
            yield SimpleNamespace(
                tokens=[int(token) for token in read_list(f[0])],
                hashtags=read_list(f[1]),
                id=f[2],
                media=read_list(f[3]),
                links=read_list(f[4]),
                domains=read_list(f[5]),
                type=f[6],
                language=f[7],
                time=int(f[8]),
                author=read_user(f[9:14]),
                reader=read_user(f[14:19]),
                author_follows_reader=f[19] == "true",
                engagements=[int(time) if time else None for time in f[20:24]],
            )


def read_vocabulary(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        return [line.rstrip("\r\n") for line in lines]

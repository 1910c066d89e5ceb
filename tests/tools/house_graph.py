"""Which file needs which, in C and in JavaScript, as a rule of house_rules.py:
there is no circle of files.
"""
import os
import posixpath
import re

import house_c

# A static or a lazy import of a file of ours.
IMPORT = re.compile(r'^(?:import|export)\b[^;\'"]*[\'"](\.[^\'"]+)[\'"]'
                    r'|\bimport\(\s*[\'"](\.[^\'"]+)[\'"]', re.M)


def unit_of(path):
    """A source and its header are one unit, known by their common path."""
    return os.path.splitext(path)[0]


def calls(files):
    """{unit: {unit that it needs: a name that it uses}}. The names are
    functions, macros with arguments and objects: what is called, expanded or
    linked. Types and constants only say what something looks like."""
    owners = {name: unit_of(path) for path, text in files.items()
              for name in house_c.defined(text, path.endswith('.h'))}
    graph = {unit_of(path): {} for path in files}
    for path, text in files.items():
        unit = unit_of(path)
        for name in house_c.used(text, path.endswith('.h')):
            other = owners.get(name, unit)
            if other != unit:
                graph[unit].setdefault(other, name)
    return graph


def imports(files):
    """The same of the modules of a page."""
    graph = {path: {} for path in files}
    for path, text in files.items():
        for match in IMPORT.finditer(text):
            name = match[1] or match[2]
            other = posixpath.normpath(
                posixpath.join(posixpath.dirname(path), name))
            if other in files:
                graph[path].setdefault(other, 'exports')
    return graph


def way_back(graph, start):
    """A shortest circle through `start` as a list of files, or None."""
    before = {}
    row = [start]
    for node in row:
        for other in graph[node]:
            if other == start:
                circle = [start]
                while node != start:
                    circle.insert(1, node)
                    node = before[node]
                return circle
            if other not in before:
                before[other] = node
                row.append(other)
    return None


def circles(graph):
    """Yields (file, sentence) for a shortest circle of each file in one."""
    seen = set()
    for start in sorted(graph):
        circle = way_back(graph, start)
        if circle and frozenset(circle) not in seen:
            seen.add(frozenset(circle))
            steps = zip(circle, circle[1:] + circle[:1])
            yield start, ', '.join(
                f'{posixpath.basename(one)} needs {graph[one][other]} of '
                f'{posixpath.basename(other)}' for one, other in steps)


def circle_of_files(tree):
    sources = {path: text for path, text in tree.items()
               if path.startswith('modules/') and path.endswith(('.c', '.h'))}
    modules = {path: text for path, text in tree.items()
               if path.startswith('htdocs/') and path.endswith('.js')}
    for graph in (calls(sources), imports(modules)):
        for start, circle in circles(graph):
            yield f'{start}:1: a circle of files: {circle}'

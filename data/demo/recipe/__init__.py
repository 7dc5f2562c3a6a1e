"""The recipe of the demo tileset: from public map data to zip metatiles.

Read in this order: coverage (which metatiles), inputs (what they are made of), one module per
source, columns and generalise (what a zoom shows), quantise and one module per format (a tile),
metatile and pyramid (the archives).
"""

"""Everything that imports aiohttp: the routes, what they accept and what they answer."""

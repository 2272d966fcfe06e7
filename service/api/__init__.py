"""Everything that imports aiohttp: the routes, what they take and what they answer."""

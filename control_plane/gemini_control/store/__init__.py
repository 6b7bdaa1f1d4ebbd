"""The database: its tables, its one way in (`database.Store`), and what is written beside every change."""

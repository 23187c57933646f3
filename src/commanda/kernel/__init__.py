"""What every room stands on: actors, errors, money, phones, text, time, transactions. No models."""

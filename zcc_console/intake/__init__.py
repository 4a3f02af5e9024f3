"""What brings calls and capacity into a hub from outside: referral messages and exports. It imports no screen."""

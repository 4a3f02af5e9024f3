"""The demo region: invented data, a seeded model of a night, and the programs that bring it to a hub. It speaks to
hub and RAV only over the contract, as any other client does, and no other room may import it."""

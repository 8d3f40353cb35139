/** Adam's fixed numbers (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1); β₁ is the run's momentum. */
export const ADAM = { beta2: 0.999, epsilon: 1e-8 } as const;

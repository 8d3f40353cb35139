/** Added to the root of Adam's second moment (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1); β₁ is the run's momentum, β₂ the program's. */
export const ADAM_EPSILON = 1e-8;

"""Deep pixel clustering: a small network that sorts a photo's pixels into clusters, learnt without any label."""

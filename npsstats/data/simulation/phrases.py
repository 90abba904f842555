"""French verbatims of our own, by theme and tone, with how often each theme is named."""

from __future__ import annotations

__all__ = ["PHRASES", "THEME_SHARES"]

# theme: shares among the verbatims of detractors, passives and promoters
THEME_SHARES: dict[str, tuple[float, float, float]] = {
    "accueil": (0.16, 0.13, 0.29),
    "attente": (0.24, 0.15, 0.05),
    "prix": (0.17, 0.20, 0.10),
    "produits": (0.11, 0.12, 0.19),
    "rupture": (0.11, 0.13, 0.04),
    "conseil": (0.07, 0.09, 0.15),
    "proprete": (0.04, 0.06, 0.08),
    "parking": (0.03, 0.06, 0.04),
    "livraison": (0.07, 0.06, 0.06),
}

PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    "accueil": {
        "-": (
            "Accueil glacial, personne ne dit bonjour",
            "La personne à l'entrée m'a parlé sèchement",
            "J'ai eu l'impression de déranger tout le monde",
            "Aucun sourire, un accueil vraiment désagréable",
        ),
        "=": (
            "Accueil correct sans plus",
            "Équipe polie mais peu disponible",
            "L'accueil dépend beaucoup du jour",
        ),
        "+": (
            "Accueil chaleureux, on se sent attendu",
            "Toujours un mot gentil à l'entrée, merci à l'équipe",
            "Des vendeurs souriants et très aimables",
            "Une équipe adorable, je viens aussi pour elle",
        ),
    },
    "attente": {
        "-": (
            "Vingt minutes d'attente en caisse, c'est trop",
            "Deux caisses ouvertes un samedi, la file allait jusqu'aux rayons",
            "La borne était en panne et personne pour débloquer la file",
            "Attente interminable pour payer trois articles",
        ),
        "=": (
            "Un peu d'attente en caisse le soir",
            "Il faudrait ouvrir une caisse de plus à midi",
            "Passage en caisse parfois long",
        ),
        "+": (
            "Très peu d'attente, passage en caisse rapide",
            "Les caisses rapides me font gagner du temps",
            "Servi tout de suite, aucune file",
        ),
    },
    "prix": {
        "-": (
            "Les prix ont encore augmenté, je vais aller ailleurs",
            "Le prix en rayon n'était pas celui payé en caisse",
            "Trop cher pour ce que c'est",
            "Une promotion annoncée mais refusée à la caisse",
        ),
        "=": (
            "Un peu cher sur certains rayons",
            "Des prix dans la moyenne",
            "J'aimerais davantage de promotions",
        ),
        "+": (
            "De bons prix toute l'année",
            "Promotions intéressantes et faciles à trouver",
            "Bon rapport qualité-prix",
        ),
    },
    "produits": {
        "-": (
            "Des fruits abîmés dès le lendemain",
            "Un produit périmé trouvé en rayon",
            "La qualité baisse de mois en mois",
            "Viande sans goût, je n'en reprendrai pas",
        ),
        "=": (
            "Produits corrects, fraîcheur inégale",
            "Bonne qualité en général, sauf les légumes",
            "Qualité convenable",
        ),
        "+": (
            "Des produits frais et variés",
            "Très belle qualité au rayon frais",
            "Un choix de produits locaux qui me plaît",
            "Le pain est excellent",
        ),
    },
    "rupture": {
        "-": (
            "Rayons vides, la moitié de ma liste manquait",
            "L'article en promotion était déjà épuisé à l'ouverture",
            "Toujours en rupture sur ce que je cherche",
        ),
        "=": (
            "Quelques articles manquants ce jour-là",
            "Il manque parfois des références",
            "Choix un peu réduit en fin de journée",
        ),
        "+": (
            "Rayons bien remplis même le soir",
            "Je trouve toujours tout ce qu'il me faut",
            "Un grand choix, rien ne manque",
        ),
    },
    "conseil": {
        "-": (
            "Impossible de trouver un vendeur pour un renseignement",
            "Le conseiller ne connaissait pas le produit",
            "On m'a mal conseillé et j'ai dû revenir",
        ),
        "=": (
            "Conseils corrects quand on trouve quelqu'un",
            "Vendeur aimable mais débordé",
            "Il faudrait plus de personnel en rayon",
        ),
        "+": (
            "Un conseiller très compétent, il a pris le temps",
            "De bons conseils, je repars avec ce qu'il fallait",
            "Vendeuse à l'écoute et efficace",
        ),
    },
    "proprete": {
        "-": (
            "Sol collant et poubelles qui débordent",
            "Magasin sale, des cartons dans les allées",
            "Toilettes dans un état lamentable",
        ),
        "=": (
            "Propreté moyenne près de l'entrée",
            "Magasin assez propre",
            "Quelques allées encombrées",
        ),
        "+": (
            "Magasin toujours très propre",
            "Rayons clairs et bien rangés",
            "Un magasin agréable et bien tenu",
        ),
    },
    "parking": {
        "-": (
            "Impossible de se garer, j'ai tourné un quart d'heure",
            "Parking mal éclairé et pas de chariots",
            "Accès dangereux depuis les travaux",
        ),
        "=": (
            "Parking un peu petit le week-end",
            "Stationnement correct en semaine",
            "Accès moyen pour les poussettes",
        ),
        "+": (
            "Parking grand et facile d'accès",
            "On se gare sans souci juste devant",
            "Accès pratique depuis chez moi",
        ),
    },
    "livraison": {
        "-": (
            "Livraison en retard de deux jours sans prévenir",
            "Colis abîmé et service client injoignable",
            "Il manquait la moitié de ma commande",
        ),
        "=": (
            "Livraison dans les délais, emballage à revoir",
            "Retrait correct, un peu d'attente au comptoir",
            "Créneaux de livraison trop larges",
        ),
        "+": (
            "Livraison rapide et livreur ponctuel",
            "Commande complète et bien emballée",
            "Retrait prêt en deux minutes, parfait",
        ),
    },
}

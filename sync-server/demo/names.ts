/**
 * Made-up people. Family names of staff and of patients come from two lists that share no name, and so do first names, so that nobody
 * in the demo can be taken for somebody else's relative or for a real person.
 */
export interface NamePool {
  readonly men: readonly string[];
  readonly women: readonly string[];
  readonly family: readonly string[];
}

const words = (text: string): string[] => text.trim().split(/\s+/);

export const staffNames: NamePool = {
  men: words(`Hamza Faisal Kashif Omer Saad Talha Waqas Yasir Zeeshan Adnan Danish Ehsan Fahad Haris Imran Junaid Khurram Moiz
    Naveed Rehan Salman Taimur Usama Wahab Zain Asad Babar Daniyal Fawad Ghazanfar`),
  women:
    words(`Ayesha Amna Beenish Hina Iqra Javeria Kiran Lubna Maham Nida Quratulain Rabia Sadia Tooba Uzma Warda Zara Anum
    Dania Fariha Huma Komal Mehwish Nimra Palwasha Ramsha Sana Tehreem Urooj Zoya`),
  family:
    words(`Siddiq Raza Qureshi Farooqi Hashmi Lodhi Mirza Naqvi Paracha Rizvi Saigol Tiwana Usmani Wattoo Zaidi Abbasi Baloch
    Chaudhry Durrani Effendi Gilani Haroon Isani Jatoi Kazmi Leghari Mazari Niazi Orakzai Pirzada Rathore Soomro Tareen Warsi
    Yousafzai Zuberi Bangash Bugti Dasti Gabol`),
};

export const patientNames: NamePool = {
  men: words(`Bashir Akram Allah-Ditta Anwar Bilal Ghulam Iqbal Jamil Karim Liaquat Mahmood Nazir Pervez Qasim Rafiq Sharif Tariq
    Umar Waheed Yaqoob Zafar Abdul-Ghaffar Dilawar Fazal Hashim Ismail Jahangir Khalil Lal-Din Murad Noor-Hassan Rustam Shafi
    Siraj Zubair Aslam Inayat Mukhtar Nisar Saleem`),
  women:
    words(`Noor Bushra Fatima Gulnaz Hajra Jamila Kulsoom Maqsooda Nasreen Parveen Razia Safia Shamim Tahira Yasmin Zainab
    Zubaida Amina Bibi-Jan Farzana Ghazala Khadija Mumtaz Naheed Rukhsana Sakina Shakeela Surayya Tasneem Zarina Ruqayya
    Hamida Iffat Mussarat Nargis Rehana Sughra Taslim Zohra Azra`),
  family:
    words(`Ahmad Ali Ansari Awan Bhatti Butt Dar Ghori Gondal Gujjar Hayat Hussain Jan Javed Kamal Khan Khokhar Malik Memon
    Mughal Nawaz Pathan Rajput Rana Rehman Sandhu Shah Sheikh Sial Sultan Toor Virk Wali Warraich Yousaf Zaman Channa Dogar
    Kalhoro Mengal`),
};
